import HooksimServer
import StrictJSON
import Testing

/// Tests that each client has its own partner, and no access to another partner's rows.
@Suite struct IsolationTests {
    @Test func `another's rows are not listed, deleted, retried or triggered`() async throws {
        let receiver = try await Receiver { _, _ in .status(500) }
        try await withSimulator { client in
            let own = try await client.token()
            let other = try await client.partner()
            try await client.settings(["retry_schedule": ["0s"]])
            let subscription = try await client.subscribe(to: receiver.url + "/own", token: own)
            try await client.subscribe(to: receiver.url + "/other", token: other.token)
            let events = try await client.trigger(count: 2)
            try await client.trigger(count: 3, clientID: other.clientID)
            try await client.expect("events", ["status": "failed"], count: 5)

            for (path, token, count) in [
                ("/webhooks", own, 1), ("/webhooks", other.token, 1), ("/webhooks/events", own, 2),
                ("/webhooks/events", other.token, 3), ("/webhooks/events?status=failed&topic=invoice_paid", own, 2),
            ] {
                let rows = try await client.send(.get, path, token: token).json["data"]?.array ?? []
                #expect(rows.count == count, "\(path)")
                #expect(Set(rows.compactMap { $0["partner_id"]?.string }).count == 1)
            }
            let foreign = try await client.send(.delete, "/webhooks/\(subscription)", token: other.token)
            #expect(foreign.status == 404)
            let unknown = try await client.send(
                .delete, "/webhooks/0211a5c1-5400-4461-b1c6-f97f4bc8b9c7", token: other.token)
            // The response for a row of another partner must not differ from that for a row that does not exist.
            let hide = { (response: TestResponse, id: String) in response.text.replacing(id, with: "") }
            #expect(hide(foreign, subscription) == hide(unknown, "0211a5c1-5400-4461-b1c6-f97f4bc8b9c7"))

            let retried = try await client.send(.post, "/webhooks/retry", token: other.token)
            #expect(retried.json["message"]?.string?.hasPrefix("3 failed events") == true)
            try await client.expect("attempts", ["client_id": .string(other.clientID)], count: 6)
            for event in events { try await client.expect("events", ["id": .string(event), "attempts": 1], count: 1) }
            #expect(receiver.received.count { $0.path == "/own" } == 2)
        }
        try await receiver.stop()
    }

    @Test func `the control API lists one partner's events at a time`() async throws {
        try await withPagedSimulator(isFrozen: true) { client, _ in
            let other = try await client.partner()
            try await client.subscribe(to: "https://a.example", token: other.token)
            try await client.trigger(count: 2)
            try await client.trigger(count: 3, clientID: other.clientID)
            for (query, count) in [("", 2), ("?client_id=sandbox", 2), ("?client_id=\(other.clientID)", 3)] {
                let response = try await client.send(.get, "/__admin/events\(query)")
                #expect(response.json["data"]?.array?.count == count)
            }
            #expect(try await client.send(.get, "/__admin/events?client_id=unknown").status == 404)
        }
    }

    @Test func `a token lives on beside newer ones of its client`() async throws {
        try await withSimulator { client in
            let tokens = try await [client.token(), client.token(), client.token(scope: "webhooks:read")]
            #expect(Set(tokens).count == 3)
            for token in tokens { #expect(try await client.send(.get, "/webhooks", token: token).status == 200) }
        }
    }
}
