import HooksimServer
import StrictJSON
import Testing

/// Tests of query parameters that clients send empty, misspelt or although they are unknown.
@Suite struct QueryParameterTests {
    @Test(
        arguments: [
            ("/__admin/attempts?outcom=failed", "outcom", "did you mean outcome?"),
            ("/__admin/attempts?after_seq=1&colour=", "colour", "event_id, topic, client_id"),
            ("/__admin/requests?clientid=a", "clientid", "did you mean client_id?"),
            ("/__admin/events?form_date=2026-01-01", "form_date", "did you mean from_date?"),
            ("/__admin/stream?off=attempts", "off", "did you mean of?"),
            ("/__admin/clock?mode=real", "mode", "it takes none"),
            ("/__admin/recording?client=a", "client", "client_id"),
            ("/__admin/health?verbose", "verbose", "it takes none"),
        ])
    func `the control API refuses an unknown query parameter and suggests a known one`(
        path: String, name: String, hint: String
    ) async throws {
        try await withSimulator { client in
            let response = try await client.send(.get, path)
            #expect(response.status == 400, "\(response.text)")
            #expect(response.wrongFields == [name])
            #expect(response.json["message"]?.string?.contains(hint) == true, "\(response.text)")
        }
    }

    @Test func `a write with an unknown query parameter changes nothing`() async throws {
        try await withSimulator { client in
            let token = try await client.token()
            let response = try await client.send(.post, "/__admin/reset?client_id=sandbox", json: [:])
            #expect(response.status == 400)
            #expect(try await client.send(.get, "/webhooks", token: token).status == 200)
        }
    }

    @Test(
        arguments: [
            "/webhooks?colour=red", "/webhooks?limit=&after=&before=&topic=&is_active=", "/webhooks/events?page=2",
            "/webhooks/events?limit=5&after=", "/webhooks/events?topic=&status=&from_date=&to_date=&limit=&before=",
        ])
    func `the simulated API ignores unknown query parameters and empty ones`(path: String) async throws {
        try await withSimulator { client in
            let token = try await client.token()
            try await client.subscribe(to: "https://hooks.example.com", token: token)
            _ = try await client.trigger()
            let response = try await client.send(.get, path, token: token)
            #expect(response.status == 200, "\(response.text)")
            #expect(response.json["data"]?.array?.count == 1)
        }
    }

    @Test(
        arguments: [
            "/__admin/attempts?event_id=&topic=&client_id=&endpoint_url=&outcome=&after_seq=&limit=",
            "/__admin/requests?method=&path=&client_id=&status=&after_seq=&limit=", "/__admin/events?client_id=&topic=",
            "/__admin/recording?client_id=",
        ])
    func `an empty filter of the control API is not given`(path: String) async throws {
        try await withSimulator { client in
            let response = try await client.send(.get, path)
            #expect(response.status == 200, "\(response.text)")
        }
    }

    /// An empty page contains empty cursors, which clients send back.
    @Test(arguments: ["/webhooks", "/webhooks/events"])
    func `the cursors of an empty page lead to the first page`(path: String) async throws {
        try await withSimulator { client in
            let token = try await client.token()
            let page = try await client.send(.get, path, token: token).json
            for (name, member) in [("after", "end_cursor"), ("before", "start_cursor")] {
                let cursor = try #require(page[member]?.string)
                let response = try await client.send(.get, "\(path)?\(name)=\(cursor)", token: token)
                #expect(response.status == 200, "\(response.text)")
            }
        }
    }
}
