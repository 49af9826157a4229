import HooksimServer
import StrictJSON
import Testing

@Suite struct FairnessTests {
    @Test func `deliveries that hang delay no others, on the same host and port either`() async throws {
        let receiver = try await Receiver { delivery, _ in delivery.path == "/dead" ? .hold : .status(200) }
        try await withSimulator { client in
            let token = try await client.token()
            try await client.settings(["delivery_timeout": "5m"])
            try await client.subscribe("payout_paid", to: receiver.url + "/dead", token: token)
            try await client.subscribe("invoice_paid", to: receiver.url + "/healthy", token: token)
            try await client.trigger("payout_paid", count: 200)
            await receiver.wait(untilReceived: 64)
            try await client.trigger("invoice_paid", count: 20)
            try await client.expect("events", ["topic": "invoice_paid", "status": "delivered"], count: 20)
            try await client.expect("events", ["topic": "payout_paid", "status": "pending"], count: 200)
            receiver.release()
            try await client.expect("events", ["status": "delivered"], count: 220)
        }
        #expect(Set(receiver.received.map(\.id)).count == 220)
        #expect(receiver.received.count == 220)
        try await receiver.stop()
    }

    @Test func `a subscription has at most so many deliveries under way, each subscription for itself`() async throws {
        let receiver = try await Receiver { _, _ in .hold }
        try await withSimulator { client in
            let token = try await client.token()
            try await client.settings(["delivery_concurrency": 3, "delivery_timeout": "5m"])
            try await client.subscribe("payout_paid", to: receiver.url + "/a", token: token)
            try await client.subscribe("invoice_paid", to: receiver.url + "/b", token: token)
            try await client.trigger("payout_paid", count: 10)
            await receiver.wait(untilReceived: 3)
            // A worker that sent a fourth attempt to the first endpoint would have done so in the time that these three
            // took.
            try await client.trigger("invoice_paid", count: 10)
            await receiver.wait(untilReceived: 6)
            #expect(receiver.received.count { $0.path == "/a" } == 3)
            #expect(receiver.received.count { $0.path == "/b" } == 3)
            // A higher limit takes effect at once.
            try await client.settings(["delivery_concurrency": 5])
            await receiver.wait(untilReceived: 10)
            #expect(receiver.received.count { $0.path == "/a" } == 5)
            receiver.release()
            try await client.expect("events", ["status": "delivered"], count: 20)
        }
        #expect(receiver.received.count == 20)
        try await receiver.stop()
    }
}
