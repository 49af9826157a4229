import HooksimServer
import StrictJSON
import Synchronization
import Testing

@Suite struct RetryTests {
    @Test func `a retry says how many it queued`() async throws {
        let receiver = try await Receiver { _, _ in .status(500) }
        try await withSimulator { client in
            let token = try await client.token()
            try await client.settings(["retry_schedule": ["0s"]])
            try await client.subscribe(to: receiver.url, token: token)
            for (failed, message) in [
                (0, "0 failed events were queued for delivery again"),
                (1, "1 failed event was queued for delivery again"),
                (2, "2 failed events were queued for delivery again"),
            ] {
                if failed > 0 { try await client.trigger() }
                try await client.expect("events", ["status": "failed"], count: failed)
                let response = try await client.send(.post, "/webhooks/retry", token: token)
                #expect(response.status == 200)
                #expect(response.json == ["message": .string(message)])
            }
            try await client.expect("events", ["status": "failed"], count: 2)
            #expect(receiver.received.map(\.attempt).sorted() == [1, 1, 2, 2, 3])
        }
        try await receiver.stop()
    }

    @Test func `only the failed events of active subscriptions are sent again`() async throws {
        let isBroken = Mutex(true)
        let receiver = try await Receiver { delivery, _ in
            .status(delivery.path != "/good" && isBroken.withLock { $0 } ? 503 : 200)
        }
        try await withSimulator { client in
            let token = try await client.token()
            try await client.settings(["retry_schedule": ["0s"]])
            try await client.subscribe("invoice_paid", to: receiver.url + "/good", token: token)
            try await client.subscribe("payout_paid", to: receiver.url + "/bad", token: token)
            let gone = try await client.subscribe("payout_failed", to: receiver.url + "/gone", token: token)
            for topic in ["invoice_paid", "payout_paid", "payout_failed"] { try await client.trigger(topic, count: 2) }
            try await client.expect("events", ["status": "failed"], count: 4)
            try await client.expect("events", ["status": "delivered"], count: 2)
            _ = try await client.send(.delete, "/webhooks/\(gone)", token: token)
            isBroken.withLock { $0 = false }
            let response = try await client.send(.post, "/webhooks/retry", token: token)
            #expect(response.json["message"]?.string?.hasPrefix("2 failed events") == true, "\(response.text)")
            try await client.expect("events", ["status": "delivered", "topic": "payout_paid", "attempts": 2], count: 2)
            try await client.expect("events", ["status": "failed", "topic": "payout_failed", "attempts": 1], count: 2)
            try await client.expect(
                "events", ["status": "delivered", "topic": "invoice_paid", "attempts": 1], count: 2)
            #expect(receiver.received.count == 8)
        }
        try await receiver.stop()
    }

    @Test func `twenty retries at once send each failed event once more and no delivered one`() async throws {
        let isBroken = Mutex(true)
        let receiver = try await Receiver { delivery, _ in
            .status(delivery.path == "/bad" && isBroken.withLock { $0 } ? 500 : 200)
        }
        try await withSimulator { client in
            let token = try await client.token()
            try await client.settings(["retry_schedule": ["0s"]])
            try await client.subscribe("invoice_paid", to: receiver.url + "/good", token: token)
            try await client.subscribe("payout_paid", to: receiver.url + "/bad", token: token)
            let delivered = try await client.trigger("invoice_paid", count: 50)
            let failed = try await client.trigger("payout_paid", count: 50)
            try await client.expect("events", ["status": "failed"], count: 50)
            try await client.expect("events", ["status": "delivered"], count: 50)
            isBroken.withLock { $0 = false }
            let requeued = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        let response = try await client.send(.post, "/webhooks/retry", token: token)
                        #expect(response.status == 200)
                        return Int(response.json["message"]?.string?.prefix { $0.isNumber } ?? "") ?? -1
                    }
                }
                return try await group.reduce(0, +)
            }
            #expect(requeued == 50)
            try await client.expect("events", ["status": "delivered"], count: 100)
            let sent = Dictionary(grouping: receiver.received, by: \.id).mapValues { $0.map(\.attempt).sorted() }
            #expect(failed.allSatisfy { sent[$0] == [1, 2] })
            #expect(delivered.allSatisfy { sent[$0] == [1] })
        }
        try await receiver.stop()
    }

    @Test func `a retry needs no body and no type`() async throws {
        try await withSimulator { client in
            let token = try await client.token()
            for (type, body) in [("application/json", "{}"), ("text/plain", "anything")] {
                let response = try await client.send(
                    .post, "/webhooks/retry", token: token, headers: [("Content-Type", type)], body: Array(body.utf8))
                #expect(response.status == 200)
            }
        }
    }
}
