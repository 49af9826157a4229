import HooksimServer
import StrictJSON
import Testing

@Suite struct DeleteSubscriptionTests {
    @Test func `a deleted subscription is inactive, and is not there to be deleted again`() async throws {
        try await withSimulator({ $0.frozenAtMilliseconds = 1_736_942_400_000 }) { client in
            let token = try await client.token()
            let id = try await client.subscribe(to: "https://a.example", token: token)
            _ = try await client.send(.post, "/__admin/clock/advance", json: ["by": "1s"])
            let deleted = try await client.send(.delete, "/webhooks/\(id)", token: token)
            #expect(deleted.status == 200)
            #expect(deleted.json["id"] == .string(id))
            #expect(deleted.json["is_active"] == false)
            #expect(deleted.json["created_at"] == "2025-01-15T12:00:00.000Z")
            #expect(deleted.json["updated_at"] == "2025-01-15T12:00:01.000Z")
            let listed = try await client.send(.get, "/webhooks", token: token)
            #expect(listed.json["data"] == [deleted.json])
            let again = try await client.send(.delete, "/webhooks/\(id)", token: token)
            #expect(again.status == 404)
            #expect(again.json["code"] == "not_found")
        }
    }

    @Test(
        arguments: [
            ("0211a5c1-5400-4461-b1c6-f97f4bc8b9c7", 404), ("not-a-uuid", 400),
            ("0211a5c154004461b1c6f97f4bc8b9c7", 400),
            ("0211a5c1-5400-4461-b1c6-f97f4bc8b9c", 400), ("0211a5c1-5400-4461-b1c6-f97f4bc8b9c7x", 400),
            ("%7B0211a5c1-5400-4461-b1c6-f97f4bc8b9c7%7D", 400), ("%20", 400), ("%ff", 400),
        ])
    func `an id that is no UUID is 400, an unknown one 404`(id: String, status: Int) async throws {
        try await withSimulator { client in
            let token = try await client.token()
            let response = try await client.raw(
                Array(
                    """
                    DELETE /webhooks/\(id) HTTP/1.1\r\nHost: \(client.authority)\r\nAuthorization: Bearer \(token)\r
                    Connection: close\r\n\r\n
                    """.utf8))
            #expect(response.status == status, "\(response.text)")
            if status == 400 { #expect(response.wrongFields == ["subscription_id"]) }
        }
    }

    @Test func `an id may be written in upper case`() async throws {
        try await withSimulator { client in
            let token = try await client.token()
            let id = try await client.subscribe(to: "https://a.example", token: token)
            let deleted = try await client.send(.delete, "/webhooks/\(id.uppercased())", token: token)
            #expect(deleted.status == 200)
            #expect(deleted.json["id"] == .string(id))
        }
    }

    @Test func `the pending events of a deleted subscription fail, those of another stay`() async throws {
        try await withSimulator { client in
            let token = try await client.token()
            try await client.settings(["retry_schedule": ["1h"]])
            let id = try await client.subscribe(to: "https://a.example", token: token)
            try await client.subscribe("payout_paid", to: "https://a.example", token: token)
            let failing = try await client.trigger(count: 3)
            try await client.trigger("payout_paid", count: 2)
            _ = try await client.send(.delete, "/webhooks/\(id)", token: token)
            try await client.expect("events", ["topic": "invoice_paid", "status": "failed"], count: 3)
            try await client.expect("events", ["topic": "payout_paid", "status": "pending"], count: 2)
            let event = try await client.event(failing[0])
            #expect(event["last_error"] == "the subscription was deleted")
            #expect(event["next_attempt_at"] == .null)
            #expect(event["attempts"] == [])
        }
    }

    @Test func `nothing is triggered for a deleted subscription`() async throws {
        try await withSimulator { client in
            let token = try await client.token()
            let id = try await client.subscribe(to: "https://a.example", token: token)
            _ = try await client.send(.delete, "/webhooks/\(id)", token: token)
            let response = try await client.send(.post, "/__admin/events", json: ["topic": "invoice_paid"])
            #expect(response.status == 201)
            #expect(response.json == ["data": [], "matched_subscriptions": 0])
        }
    }

    @Test func `a delivery under way when its subscription is deleted still counts as delivered`() async throws {
        let receiver = try await Receiver { _, _ in .hold }
        try await withSimulator { client in
            let token = try await client.token()
            // With this timeout, the attempt stays in progress during the whole test, even on a busy machine.
            try await client.settings(["delivery_timeout": "60s"])
            let id = try await client.subscribe(to: receiver.url, token: token)
            let event = try #require(try await client.trigger().first)
            await receiver.wait(untilReceived: 1)
            #expect(try await client.send(.delete, "/webhooks/\(id)", token: token).status == 200)
            #expect(try await client.event(event)["status"] == "failed")
            receiver.release()
            try await client.expect("events", ["id": .string(event), "status": "delivered"], count: 1)
        }
        try await receiver.stop()
    }

    @Test func `the same URL and topic subscribed twice get two deliveries`() async throws {
        let receiver = try await Receiver()
        try await withSimulator { client in
            let token = try await client.token()
            let first = try await client.subscribe(to: receiver.url, token: token)
            let second = try await client.subscribe(to: receiver.url, token: token)
            #expect(first != second)
            let response = try await client.send(.post, "/__admin/events", json: ["topic": "invoice_paid"])
            #expect(response.json["matched_subscriptions"] == 2)
            let events = response.json["data"]?.array ?? []
            #expect(Set(events.compactMap { $0["subscription_id"]?.string }) == [first, second])
            #expect(Set(events.compactMap { $0["entity_id"]?.string }).count == 1)
            try await client.expect("events", ["status": "delivered"], count: 2)
            #expect(Set(receiver.received.map(\.id)) == Set(events.compactMap { $0["id"]?.string }))
        }
        try await receiver.stop()
    }
}
