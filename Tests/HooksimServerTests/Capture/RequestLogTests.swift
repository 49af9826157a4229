import HooksimServer
import StrictJSON
import Testing

@Suite struct RequestLogTests {
    private func requests(_ client: TestClient, _ query: String = "") async throws -> [JSON] {
        try await client.send(.get, "/__admin/requests" + query).json["data"]?.array ?? []
    }

    @Test func `each request to the simulated API is a row, those to the control API are not`() async throws {
        try await withSimulator({ $0.frozenAtMilliseconds = 1_736_942_400_000 }) { client in
            let token = try await client.token()
            _ = try await client.send(.get, "/webhooks?limit=5&topic=invoice_paid", token: token)
            _ = try await client.send(.get, "/webhooks", token: "nonsense")
            _ = try await client.send(.post, "/webhooks", token: token, json: [:])
            _ = try await client.send(.get, "/nowhere?a=%2B")
            _ = try await client.send(.head, "/webhooks/events", token: token)
            _ = try await client.send(.get, "/__admin/health")
            let rows = try await requests(client)
            let row = { (seq: Int, method: JSON, path: JSON, query: JSON, status: JSON, clientID: JSON) -> JSON in
                [
                    "seq": .number(seq), "method": method, "path": path, "query": query, "status": status,
                    "client": clientID, "fault": .null, "at": "2025-01-15T12:00:00.000Z",
                ]
            }
            #expect(
                rows == [
                    row(1, "POST", "/oauth/token", "", 200, "sandbox"),
                    row(2, "GET", "/webhooks", "limit=5&topic=invoice_paid", 200, "sandbox"),
                    row(3, "GET", "/webhooks", "", 401, .null), row(4, "POST", "/webhooks", "", 400, "sandbox"),
                    row(5, "GET", "/nowhere", "a=%2B", 404, .null),
                    row(6, "HEAD", "/webhooks/events", "", 200, "sandbox"),
                ])
            for (query, sequence) in [
                ("?method=POST", [1, 4]), ("?path=/webhooks", [2, 3, 4]), ("?status=200", [1, 2, 6]),
                ("?client_id=sandbox", [1, 2, 4, 6]), ("?client_id=unknown", []), ("?after_seq=4", [5, 6]),
                ("?limit=2", [1, 2]), ("?after_seq=1&limit=2&method=GET", [2, 3]), ("?status=404&method=GET", [5]),
            ] as [(String, [Int])] {
                #expect(try await requests(client, query).map { $0["seq"]?.integer } == sequence, "\(query)")
            }
        }
    }

    @Test(
        arguments: [
            ("status=abc", "status"), ("status=99", "status"), ("status=600", "status"), ("limit=0", "limit"),
            ("after_seq=x", "after_seq"), ("method=GET&method=GET", "method"),
        ])
    func `a wrong parameter is refused by its name`(query: String, field: String) async throws {
        try await withSimulator { client in
            let response = try await client.send(.get, "/__admin/requests?\(query)")
            #expect(response.status == 400)
            #expect(response.wrongFields == [field])
        }
    }

    @Test func `no secret and no token is in the request log`() async throws {
        try await withSimulator { client in
            let token = try await client.token()
            _ = try await client.send(.get, "/webhooks", token: token)
            let text = try await client.send(.get, "/__admin/requests").text
            #expect(!text.contains(token))
            #expect(!text.contains("sandbox-secret"))
        }
    }
}
