import HooksimServer
import StrictJSON
import Testing

@Suite struct ListSubscriptionsTests {
    @Test func `the list is narrowed by topic and by activity`() async throws {
        try await withSimulator { client in
            let token = try await client.token()
            var ids: [String: String] = [:]
            for (name, topic) in [
                ("a", "invoice_paid"), ("b", "invoice_paid"), ("c", "payout_paid"), ("d", "payout_paid"),
            ] {
                ids[name] = try await client.subscribe(topic, to: "https://\(name).example", token: token)
            }
            for name in ["b", "d"] { _ = try await client.send(.delete, "/webhooks/\(ids[name]!)", token: token) }
            for (query, names) in [
                ("", "abcd"), ("?is_active=true", "ac"), ("?is_active=false", "bd"),
                ("?is_active=True", "ac"), ("?is_active=TRUE", "ac"), ("?is_active=1", "ac"),
                ("?is_active=False", "bd"),
                ("?is_active=0", "bd"), ("?is_active=", "abcd"), ("?topic=&limit=&after=&before=&is_active=", "abcd"),
                ("?topic=&topic=payout_paid&is_active=", "cd"), ("?colour=red&topic=invoice_paid", "ab"),
                ("?topic=invoice_paid", "ab"),
                ("?topic=payout_paid&is_active=false", "d"), ("?topic=customer_created", ""),
            ] {
                let response = try await client.send(.get, "/webhooks\(query)", token: token)
                #expect(response.status == 200)
                let found = response.json["data"]?.array?.compactMap { $0["id"]?.string } ?? []
                #expect(found.count == names.count, "\(query)")
                #expect(Set(found) == Set(names.map { ids[String($0)]! }), "\(query)")
            }
        }
    }

    /// Queries of a page, each with its invalid parameter. The list of events has the same parameters.
    static let wrongPages = [
        ("limit=0", "limit"), ("limit=101", "limit"), ("limit=-1", "limit"), ("limit=+5", "limit"),
        ("limit=ten", "limit"),
        ("limit=1e2", "limit"), ("limit=%2B5", "limit"), ("limit=5&limit=5", "limit"),
        ("limit=99999999999999999999", "limit"), ("after=nonsense", "after"),
        ("after=gaFpxBACEaXBVABEYbHG%2BX9LyLnH", "after"), ("before=gaFpxBACEaXBVABEYbHG%2BX9LyLn", "before"),
        ("before=AAAAAAAAAAAAAAAAAAAAAAAAAAAA", "before"), ("before=%00", "before"),
        ("after=gaFpxBACEaXBVABEYbHG%2BX9LyLnH&before=gaFpxBACEaXBVABEYbHG%2BX9LyLnH", "before"),
        ("topic=invoice", "topic"), ("topic=%20", "topic"), ("topic=invoice_paid&topic=invoice_paid", "topic"),
    ]

    @Test(
        arguments: wrongPages + [
            ("is_active=2", "is_active"), ("is_active=yes", "is_active"), ("is_active=%20true", "is_active"),
            ("is_active=true&is_active=true", "is_active"),
        ])
    func `a wrong parameter is refused by its name`(query: String, field: String) async throws {
        try await withSimulator { client in
            let response = try await client.send(.get, "/webhooks?\(query)", token: try await client.token())
            #expect(response.status == 400, "\(response.text)")
            #expect(response.json["code"] == "bad_request")
            #expect(response.wrongFields == [field])
        }
    }

    @Test func `all wrong parameters are named at once`() async throws {
        try await withSimulator { client in
            let response = try await client.send(
                .get, "/webhooks?limit=0&after=x&topic=y&is_active=z", token: try await client.token())
            #expect(response.status == 400)
            #expect(response.wrongFields == ["limit", "after", "topic", "is_active"])
        }
    }

    @Test func `an empty list is an empty page`() async throws {
        try await withSimulator { client in
            let response = try await client.send(.get, "/webhooks", token: try await client.token())
            #expect(
                response.json == [
                    "data": [], "start_cursor": "", "end_cursor": "", "has_next_page": false,
                    "has_previous_page": false,
                ])
        }
    }
}
