import HooksimServer
import StrictJSON
import Testing

@Suite struct AttemptLogTests {
    @Test func `the attempt log has its fields, oldest first, and is filtered by them`() async throws {
        let receiver = try await Receiver { delivery, _ in .status(delivery.path == "/bad" ? 500 : 200) }
        try await withSimulator { client in
            let token = try await client.token()
            let other = try await client.partner()
            try await client.settings(["retry_schedule": ["0s", "1ms"]])
            try await client.subscribe("invoice_paid", to: receiver.url + "/good", token: token)
            try await client.subscribe("payout_paid", to: receiver.url + "/bad", token: token)
            try await client.subscribe("invoice_paid", to: receiver.url + "/good", token: other.token)
            let good = try await client.trigger("invoice_paid", count: 3)
            try await client.trigger("payout_paid", count: 2)
            try await client.trigger("invoice_paid", count: 4, clientID: other.clientID)
            try await client.expect("events", ["status": "pending"], count: 0)

            let all = try await client.attempts()
            #expect(
                all.first?.object?.members.map(\.name) == [
                    "seq", "event_id", "topic", "entity_id", "client_id", "endpoint_url", "attempt", "at",
                    "duration_ms", "status_code", "error", "failure", "fault", "outcome",
                ])
            #expect(all.compactMap { $0["seq"]?.integer } == Array(1...11))
            for (query, count) in [
                ("?event_id=\(good[0])", 1), ("?event_id=\(good[0].uppercased())", 1), ("?topic=invoice_paid", 7),
                ("?topic=payout_paid", 4), ("?client_id=sandbox", 7), ("?client_id=\(other.clientID)", 4),
                ("?client_id=unknown", 0), ("?endpoint_url=\(receiver.url)/bad", 4), ("?endpoint_url=x", 0),
                ("?outcome=delivered", 7), ("?outcome=failed", 4), ("?outcome=failed&topic=invoice_paid", 0),
                ("?client_id=sandbox&outcome=delivered", 3), ("?limit=5", 5), ("?limit=1", 1), ("?after_seq=11", 0),
                ("?after_seq=9", 2), ("?after_seq=99999999999", 0),
            ] {
                let rows = try await client.attempts(query)
                #expect(rows.count == count, "\(query)")
                #expect(rows.allSatisfy { all.contains($0) }, "\(query)")
            }
            // A client that follows the attempt log reads it page by page like this.
            var followed: [JSON] = []
            while true {
                let rows = try await client.attempts("?limit=4&after_seq=\(followed.last?["seq"]?.integer ?? 0)")
                if rows.isEmpty { break }
                followed += rows
            }
            #expect(followed == all)
        }
        try await receiver.stop()
    }

    @Test(
        arguments: [
            ("event_id=x", "event_id"), ("topic=x", "topic"), ("outcome=pending", "outcome"), ("outcome=x", "outcome"),
            ("limit=0", "limit"), ("limit=100001", "limit"), ("limit=x", "limit"), ("after_seq=-1", "after_seq"),
            ("after_seq=%2B1", "after_seq"), ("after_seq=1.0", "after_seq"), ("client_id=a&client_id=a", "client_id"),
        ])
    func `a wrong parameter is refused by its name`(query: String, field: String) async throws {
        try await withSimulator { client in
            let response = try await client.send(.get, "/__admin/attempts?\(query)")
            #expect(response.status == 400, "\(response.text)")
            #expect(response.wrongFields == [field])
        }
    }
}
