import HooksimServer
import StrictJSON
import Testing

@Suite struct ResendTests {
    @Test func `a delivered event is sent once more, with the same body and the next attempt's number`() async throws {
        let receiver = try await Receiver()
        try await withSimulator { client in
            try await client.subscribe(to: receiver.url, token: try await client.token())
            let id = try #require(try await client.trigger().first)
            try await client.expect("events", ["status": "delivered"], count: 1)
            let response = try await client.send(.post, "/__admin/events/\(id)/resend")
            #expect(response.status == 200)
            #expect(response.json["id"] == .string(id))
            #expect(response.json["status"] == "pending")
            try await client.expect("events", ["status": "delivered", "attempts": 2], count: 1)
            #expect(receiver.received.map(\.attempt) == [1, 2])
            #expect(receiver.received.map(\.id) == [id, id])
            #expect(receiver.received[0].body == receiver.received[1].body)
        }
        try await receiver.stop()
    }

    @Test func `a failed event begins its schedule anew`() async throws {
        let receiver = try await Receiver { _, _ in .status(500) }
        try await withSimulator { client in
            try await client.settings(["retry_schedule": ["0s", "1ms"]])
            try await client.subscribe(to: receiver.url, token: try await client.token())
            let id = try #require(try await client.trigger().first)
            try await client.expect("events", ["status": "failed", "attempts": 2], count: 1)
            _ = try await client.send(.post, "/__admin/events/\(id)/resend")
            try await client.expect("events", ["status": "failed", "attempts": 4], count: 1)
            #expect(receiver.received.map(\.attempt) == [1, 2, 3, 4])
        }
        try await receiver.stop()
    }

    @Test func `an event asked for again while it is under way is sent twice`() async throws {
        let receiver = try await Receiver { _, _ in .hold }
        try await withSimulator { client in
            try await client.subscribe(to: receiver.url, token: try await client.token())
            let id = try #require(try await client.trigger().first)
            await receiver.wait(untilReceived: 1)
            #expect(try await client.send(.post, "/__admin/events/\(id)/resend").status == 200)
            receiver.release()
            try await client.expect("events", ["status": "delivered", "attempts": 2], count: 1)
            #expect(receiver.received.map(\.attempt) == [1, 2])
        }
        try await receiver.stop()
    }

    @Test func `what can't be sent is refused`() async throws {
        try await withSimulator { client in
            let token = try await client.token()
            try await client.settings(["retry_schedule": ["1h"]])
            let subscription = try await client.subscribe(to: "https://a.example", token: token)
            let id = try #require(try await client.trigger().first)
            _ = try await client.send(.delete, "/webhooks/\(subscription)", token: token)
            for (event, status, code) in [
                (id, 409, "conflict"), ("0211a5c1-5400-4461-b1c6-f97f4bc8b9c7", 404, "not_found"),
                ("nonsense", 400, "bad_request"),
            ] {
                let response = try await client.send(.post, "/__admin/events/\(event)/resend")
                #expect(response.status == status)
                #expect(response.json["code"] == .string(code))
            }
        }
    }
}
