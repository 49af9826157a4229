import HooksimServer
import StrictJSON
import Testing

@Suite struct ListEventsTests {
    @Test func `an event has its fields, and its payload as it was sent`() async throws {
        let receiver = try await Receiver()
        try await withSimulator { client in
            let token = try await client.token()
            let subscription = try await client.subscribe(to: receiver.url, token: token)
            try await client.trigger()
            try await client.expect("events", ["status": "delivered"], count: 1)
            let response = try await client.send(.get, "/webhooks/events", token: token)
            let event = try #require(response.json["data"]?.array?.first)
            #expect(
                event.object?.members.map(\.name) == [
                    "id", "partner_id", "subscription_id", "topic", "entity_id", "status", "attempts",
                    "last_status_code", "last_error", "payload", "created_at", "updated_at", "delivered_at",
                ])
            #expect(event["subscription_id"] == .string(subscription))
            #expect(event["attempts"] == 1)
            #expect(event["last_status_code"] == 200)
            #expect(event["last_error"] == .null)
            #expect(event["delivered_at"] == event["updated_at"])
            let sent = try #require(receiver.received.first)
            #expect(event["payload"]?.encoded == sent.body)
            #expect(event["payload"]?["id"] == event["id"])
            #expect(event["payload"]?["partner_id"] == event["partner_id"])
            #expect(event["payload"]?["created_at"] == event["created_at"])
        }
        try await receiver.stop()
    }

    @Test func `the list is narrowed by topic and by status`() async throws {
        let receiver = try await Receiver { delivery, _ in .status(delivery.path == "/bad" ? 500 : 200) }
        try await withSimulator { client in
            let token = try await client.token()
            try await client.settings(["retry_schedule": ["0s"]])
            try await client.subscribe("invoice_paid", to: receiver.url + "/good", token: token)
            try await client.subscribe("payout_paid", to: receiver.url + "/bad", token: token)
            try await client.trigger("invoice_paid", count: 2)
            try await client.trigger("payout_paid", count: 3)
            try await client.expect("events", ["status": "pending"], count: 0)
            try await client.settings(["retry_schedule": ["1h"]])
            try await client.trigger("invoice_paid", count: 4)
            for (query, count) in [
                ("", 9), ("?topic=invoice_paid", 6), ("?topic=payout_paid", 3), ("?topic=payout_failed", 0),
                ("?status=pending", 4), ("?status=delivered", 2), ("?status=failed", 3),
                ("?topic=invoice_paid&status=delivered", 2), ("?topic=payout_paid&status=delivered", 0),
            ] {
                let response = try await client.send(.get, "/webhooks/events\(query)", token: token)
                #expect(response.json["data"]?.array?.count == count, "\(query)")
            }
        }
        try await receiver.stop()
    }

    @Test func `from_date is inclusive and to_date exclusive`() async throws {
        try await withPagedSimulator(isFrozen: true) { client, token in
            // These events are of 12:00:00.000, 12:00:01.000 and midnight.
            try await client.trigger(count: 1)
            _ = try await client.send(.post, "/__admin/clock/advance", json: ["by": "1s"])
            try await client.trigger(count: 2)
            _ = try await client.send(.post, "/__admin/clock/advance", json: ["to": "2025-01-16T00:00:00Z"])
            try await client.trigger(count: 4)
            for (query, count) in [
                ("from_date=2025-01-15T12:00:00Z", 7), ("from_date=2025-01-15T12:00:00.001Z", 6),
                ("from_date=2025-01-15T12:00:01.000Z", 6), ("from_date=2025-01-15T12:00:01.001Z", 4),
                ("to_date=2025-01-15T12:00:00.000Z", 0), ("to_date=2025-01-15T12:00:00.001Z", 1),
                ("to_date=2025-01-15T12:00:01Z", 1), ("from_date=2025-01-16", 4), ("to_date=2025-01-16", 3),
                ("from_date=2025-01-15&to_date=2025-01-16", 3),
                ("from_date=2025-01-15T12:00:01Z&to_date=2025-01-15T12:00:01Z", 0),
                // The plus sign of the offset is sent raw, so that it arrives as a space, and encoded.
                ("from_date=2025-01-15T14:00:01+02:00", 6), ("from_date=2025-01-15T14:00:01%2B02:00", 6),
                ("from_date=2025-01-15T14:00:01%2b0200", 6), ("to_date=2025-01-15T07:00:01-05:00", 1),
                ("from_date=2025-01-15T12:00:01Z&status=pending&topic=invoice_paid", 6),
            ] {
                let response = try await client.send(.get, "/webhooks/events?\(query)", token: token)
                #expect(response.json["data"]?.array?.count == count, "\(query): \(response.status)")
            }
        }
    }

    @Test(
        arguments: [
            "2026-02-30", "2026-13-01", "2026-00-10", "2026-01-00", "2025-02-29", "26-01-01", "2026-1-1", "20260101",
            "2026-01-01T24:00:00Z", "2026-01-01T23:60:00Z", "2026-01-01T23:59:60Z", "2026-01-01T12:00:00",
            "2026-01-01T12Z", "2026-01-01T12:00:00Zx", "2026-01-01x", "2026-01-01%2012:00:00Z",
            "2026-01-01T12:00:00.Z", "2026-01-01T12:00:00%2B24:00", "2026-01-01T12:00:00%2B02:60", "now", "0", "%20",
        ], ["from_date", "to_date"])
    func `a date that is none is refused by its name`(text: String, name: String) async throws {
        try await withSimulator { client in
            let response = try await client.send(
                .get, "/webhooks/events?\(name)=\(text)", token: try await client.token())
            #expect(response.status == 400, "\(response.text)")
            #expect(response.wrongFields == [name])
        }
    }

    @Test(
        arguments: ListSubscriptionsTests.wrongPages + [
            ("status=done", "status"), ("status=PENDING", "status"), ("status=%20", "status"),
            ("from_date=2026-01-02&to_date=2026-01-01", "from_date"),
            ("from_date=2026-01-01&from_date=2026-01-01", "from_date"),
        ])
    func `a wrong parameter is refused by its name`(query: String, field: String) async throws {
        try await withSimulator { client in
            let response = try await client.send(.get, "/webhooks/events?\(query)", token: try await client.token())
            #expect(response.status == 400, "\(response.text)")
            #expect(response.wrongFields == [field])
        }
    }

    @Test func `all wrong parameters are named at once`() async throws {
        try await withSimulator { client in
            let response = try await client.send(
                .get, "/webhooks/events?limit=x&before=x&topic=x&status=x&from_date=x&to_date=x",
                token: try await client.token())
            #expect(response.wrongFields == ["limit", "before", "topic", "status", "from_date", "to_date"])
        }
    }
}
