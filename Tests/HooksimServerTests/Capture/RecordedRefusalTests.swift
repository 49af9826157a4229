import FoundationEssentials
import HooksimReplay
import HooksimScenarios
import HooksimServer
import StrictJSON
import Testing
import Webhooks

/// Tests that the placeholders of secrets in a recording change no result: a request that was refused or accepted is
/// refused or accepted again.
@Suite(.timeLimit(.minutes(3))) struct RecordedRefusalTests {
    private func recording(_ client: TestClient) async throws -> String {
        try #require(try await client.send(.get, "/__admin/recording").json["scenario"]?.string)
    }

    /// Replays a recording in another simulator, and returns the statuses that its requests expected.
    private func replay(_ text: String) async throws -> [Int] {
        let scenario = try ScenarioFile.parse(text, from: .file)
        try await withSimulator { other in
            let target = RunningSimulator(url: other.url, adminToken: nil)
            let report = await ScenarioRunner(scenario, name: "recorded", target: target).run()
            #expect(report.isPassed, "\(report.json)\n\(text)")
        }
        return scenario.steps.compactMap { ($0.action as? RequestStep)?.status }
    }

    static let secrets: [JSON] = [
        "abc def", "caf\u{E9}", "a\u{0}b", "", "s", .string(String(repeating: "s", count: 512)),
        .string(String(repeating: "s", count: 513)), .null, 5, true, ["qzq"], ["a": "qzq"], "qzq-right",
    ]

    @Test(arguments: secrets)
    func `a secret of a subscription is as right or as wrong in the replay`(secret: JSON) async throws {
        try await withSimulator { client in
            let body: JSON = [
                "endpoint_url": "https://a.example/", "topic": "invoice_paid", "secret_key": secret,
                "nested": ["secret_key": "qzq-nested", "list": [["password": "qzq-list"]]],
            ]
            let response = try await client.send(.post, "/webhooks", token: client.token(), json: body)
            let text = try await recording(client)
            #expect(!text.contains("qzq"), "\(text)")
            #expect(try await replay(text) == (response.status == 201 ? [] : [response.status]), "\(text)")
        }
    }

    @Test func `equal secrets have equal placeholders, and others have others`() async throws {
        try await withSimulator { client in
            let token = try await client.token()
            for secret in ["qzq-one", "qzq-two", "qzq-one"] {
                try await client.subscribe(to: "https://a.example/", secret: secret, token: token)
            }
            let text = try await recording(client)
            let secrets = text.matches(of: /placeholder-secret-(\d)/).map { String($0.output.1) }
            #expect(secrets == ["1", "2", "1"], "\(text)")
        }
    }

    static let endpoints = [
        "https://a.example/?key=qzq%zz", "https://a.example/#qzq\"", "https://a.example/?qzq[]=1",
        "https://a.example/?qzq=\(String(repeating: "q", count: 2100))", "https://qzq:qzq@a.example/",
        "ftp://a.example/?qzq",
        "qzq:qzq@a.example", "",
    ]

    @Test(arguments: endpoints)
    func `an endpoint that is refused is refused in the replay, without what may be secret`(url: String) async throws {
        try await withSimulator { client in
            let body: JSON = ["endpoint_url": .string(url), "topic": "invoice_paid"]
            let response = try await client.send(.post, "/webhooks", token: client.token(), json: body)
            #expect(response.status == 422)
            let text = try await recording(client)
            #expect(!text.contains("qzq"), "\(text)")
            #expect(try await replay(text) == [422], "\(text)")
        }
    }

    static let form = [("Content-Type", "application/x-www-form-urlencoded")]
    static let json = [("Content-Type", "application/json")]
    static func basic(_ pair: String) -> [(String, String)] {
        [("Authorization", "Basic " + Data(pair.utf8).base64EncodedString())] + form
    }

    /// Token requests, with the status of each response, and whether a step of a scenario can repeat it.
    static let tokenRequests: [(headers: [(String, String)], body: String, status: Int, isKept: Bool)] = [
        (form, "grant_type=client_credentials&client_id=sandbox&client_secret=qzq", 403, true),
        (form, "grant_type=client_credentials&client_id=qzq&client_secret=sandbox-secret", 403, true),
        (form, "grant_type=client_credentials", 403, true),
        (basic("sandbox:qzq"), "grant_type=client_credentials", 403, true),
        (form, "grant_type=client_credentials&client_secret=qzq&client_secret=qzq", 400, false),
        (form, "client_id=sandbox&client_secret=sandbox-secret", 400, true),
        (form, "grant_type=password&client_id=sandbox&password=qzq", 400, true),
        (
            basic("sandbox:sandbox-secret"), "grant_type=client_credentials&client_id=other&client_secret=qzq", 400,
            false
        ),
        (form, "grant_type=client_credentials&scope=qq&client_id=sandbox&client_secret=sandbox-secret", 400, true),
        (
            [("Content-Type", "text/plain")],
            #"{"grant_type":"client_credentials","client_id":"sandbox","client_secret":"sandbox-secret"}"#, 400, false
        ),
        (json, #"{"grant_type":"client_credentials","client_id":"sandbox","client_secret":["qzq"]}"#, 400, true),
        (json, #"{"grant_type":"client_credentials","client_id":7,"client_secret":"qzq"}"#, 400, true),
        (json, #"{"grant_type":"client_credentials","client_id":"sandbox","client_secret":""}"#, 403, true),
        (json, #"["qzq"]"#, 400, true),
    ]

    @Test(arguments: tokenRequests)
    func `a refused request of a token is refused in the replay, or left out and said so`(
        headers: [(String, String)], body: String, status: Int, isKept: Bool
    ) async throws {
        try await withSimulator { client in
            let response = try await client.send(.post, "/oauth/token", headers: headers, body: Array(body.utf8))
            #expect(response.status == status, "\(response.text)")
            let text = try await recording(client)
            #expect(!text.contains("qzq") || body.contains("[\"qzq\"]"), "\(text)")
            #expect(text.contains("POST /oauth/token") == !isKept, "\(text)")
            #expect(try await replay(text) == (isKept ? [status] : []), "\(text)")
        }
    }

    @Test func `a token that may not write is refused in the replay, an unknown one and none too`() async throws {
        try await withSimulator { client in
            let partner = try await client.send(
                .post, "/__admin/partners",
                json: ["client_id": "reader", "client_secret": "r", "scopes": ["webhooks:read"]])
            #expect(partner.status == 201)
            let token = try await client.token("reader", "r")
            for (token, status) in [(token, 403), ("unknown", 401), (nil, 401)] as [(String?, Int)] {
                let response = try await client.send(.post, "/webhooks/retry", token: token, json: [:])
                #expect(response.status == status)
            }
            #expect(try await client.send(.get, "/webhooks?limit=2", token: token).status == 200)
            let text = try #require(
                try await client.send(.get, "/__admin/recording?client_id=reader").json["scenario"]?.string)
            #expect(!text.contains(token))
            #expect(try await replay(text) == [200, 403, 401, 401, 200], "\(text)")
        }
    }

    @Test func `after a restart no token is taken for another, and what can't be said of one is left out`() async throws
    {
        try await withTemporaryStore { store in
            var token = ""
            try await withSimulator({ $0.store = store }) { client in
                token = try await client.token(scope: "webhooks:read")
            }
            try await withSimulator({ $0.store = store }) { client in
                _ = try await client.token()
                #expect(try await client.send(.post, "/webhooks/retry", token: token, json: [:]).status == 403)
                let text = try await recording(client)
                #expect(text.contains("# POST /webhooks/retry had a token of which nothing is known"), "\(text)")
                #expect(throws: Never.self) { try ScenarioFile.parse(text, from: .file) }
            }
        }
    }

    static let queries = [
        ("token=qzq", 200), ("token=qzq%zz", 400), ("access%5Ftoken=qzq", 200), ("limit=5;password=qzq", 400),
        ("client_secret=qzq&limit=0", 400), ("api_key=%ff", 400),
    ]

    @Test(arguments: queries)
    func `a query with a secret leads to the same in the replay`(query: String, status: Int) async throws {
        try await withSimulator { client in
            let token = try await client.token()
            // The request is sent raw, because a client would encode an invalid percent sign.
            let sent = try await client.raw([
                "GET /webhooks?\(query) HTTP/1.1", "Host: localhost", "Authorization: Bearer \(token)",
            ])
            #expect(sent.status == status)
            for path in ["/nowhere/token=qzq/x", "/webhooks/\(token)", "/\(token)?after=\(token)"] {
                #expect((400..<500).contains(try await client.send(.delete, path, token: token).status))
            }
            let text = try await recording(client)
            let log = try await client.send(.get, "/__admin/requests").text
            for text in [text, log] { #expect(!text.contains("qzq") && !text.contains(token), "\(text)") }
            #expect(try await replay(text).first == status, "\(text)")
        }
    }

    @Test func `a query that no client can send is left out, and said so`() async throws {
        try await withSimulator { client in
            let token = try await client.token()
            let sent = try await client.raw([
                "GET /webhooks?limit=%zz HTTP/1.1", "Host: localhost", "Authorization: Bearer \(token)",
            ])
            #expect(sent.status == 400)
            let text = try await recording(client)
            #expect(text.contains("# GET /webhooks has a % without digits"), "\(text)")
            #expect(try await replay(text).isEmpty, "\(text)")
        }
    }
}
