import HooksimReplay
import HooksimScenarios
import HooksimServer
import StrictJSON
import Testing
import Webhooks

/// Tests that a recording contains request bodies unchanged, whatever their content.
@Suite struct RecordedBodyTests {
    private func recording(_ client: TestClient) async throws -> String {
        try #require(try await client.send(.get, "/__admin/recording").json["scenario"]?.string)
    }

    static let texts: [String] = [
        "", " ", "${amount}", "$${x}", "$$$", "${", "}", "${a} ${b}", "a: b", "- a", "*a", "&a", "!a", "%a", "# a", "'",
        "\"",
        "{a}", "true", "null", "~", "5", "1e3", "2025-01-01", "<<", "=", "\u{0}", "\u{1}\u{1F}", "\u{7F}",
        "\u{80}\u{9F}",
        "a\u{85}b", "a\u{2028}b\u{2029}c", "a\u{FEFF}", "\u{FFFE}\u{FFFF}", "\u{10FFFF}", "a\nb\r\nc\td",
        "\\u0041 \\/ \\",
        "e\u{301}\u{E9}", String(repeating: "long ", count: 600),
    ]

    @Test(arguments: texts)
    func `a text is recorded as it was sent, as a value and as a name`(text: String) async throws {
        try await withPagedSimulator(isFrozen: true) { client, token in
            let data: JSON = .object(
                JSONObject([("value", .string(text)), (text, [.string(text), [.string("x" + text)]])]))
            let body: JSON = .object(
                JSONObject([("topic", "invoice_paid"), ("entity_id", .string("x" + text.prefix(200))), ("data", data)]))
            #expect(try await client.send(.post, "/__admin/events", json: body).status == 201)
            let refused: JSON = ["endpoint_url": .string(text), "topic": "invoice_paid", "memo": data]
            let response = try await client.send(.post, "/webhooks", token: token, json: refused)
            #expect((400...422).contains(response.status))
            let text = try await recording(client)
            let steps = try ScenarioFile.parse(text, from: .request).steps
            let bodies = steps.compactMap { step -> JSON? in
                switch step.action {
                case let trigger as TriggerStep: ScenarioValues().filling(.object(trigger.body))
                case let request as RequestStep where request.method == "POST":
                    request.body.map { ScenarioValues().filling($0) }
                default: nil
                }
            }
            #expect(bodies.contains { $0["data"] == data && $0["entity_id"] == body["entity_id"] }, "\(text)")
            #expect(bodies.contains { $0["memo"] == data }, "\(text)")
        }
    }

    static let refused: [(path: String, type: String, body: String)] = [
        ("/webhooks", "application/json", "not JSON"), ("/webhooks", "application/json", "{\"a\":1,\"a\":2}"),
        ("/webhooks", "application/json", String(repeating: "[", count: 100)), ("/webhooks", "text/xml", "<a/>"),
        ("/webhooks", "application/x-www-form-urlencoded", "endpoint_url=https%3A%2F%2Fa.example&topic=invoice_paid"),
        (
            "/webhooks", "application/json",
            "{\"a\":\(String(repeating: "[", count: 60))\(String(repeating: "]", count: 60))}"
        ),
        ("/oauth/token", "application/x-www-form-urlencoded", "grant_type=a&grant_type=b"),
        ("/oauth/token", "application/x-www-form-urlencoded", "grant_type=%zz"),
        ("/oauth/token", "application/json", "{"), ("/oauth/token", "application/json", "{\"grant_type\":\"${x}\"}"),
    ]

    @Test(arguments: refused)
    func `what was refused for its body is refused in the replay too, or left out and said so`(
        path: String, type: String, body: String
    ) async throws {
        try await withSimulator { client in
            let token = try await client.token()
            let response = try await client.send(
                .post, path, token: path == "/webhooks" ? token : nil, headers: [("Content-Type", type)],
                body: Array(body.utf8))
            #expect((400...422).contains(response.status))
            _ = try await client.send(.get, "/webhooks?note=${a}", token: token)
            let text = try await recording(client)
            let scenario = try ScenarioFile.parse(text, from: .request)
            let isKept = scenario.steps.contains { step in
                (step.action as? RequestStep).map { $0.status == response.status } ?? false
            }
            #expect(isKept || text.contains("POST \(path) had a body that no step can send"), "\(text)")
            try await withSimulator { other in
                let target = RunningSimulator(url: other.url, adminToken: nil)
                let report = await ScenarioRunner(scenario, name: "recorded", target: target).run()
                #expect(report.isPassed, "\(report.json)\n\(text)")
                let token = try await other.token()
                #expect(try await other.send(.get, "/webhooks", token: token).json["data"] == [])
            }
        }
    }

    @Test func `a recording that is larger than a request may be is read as a file`() async throws {
        try await withSimulator { client in
            let memo = String(repeating: "\u{7F}", count: 300_000)
            for number in 0..<3 {
                let body: JSON = ["topic": "invoice_paid", "data": ["memo": .string(memo), "number": .number(number)]]
                #expect(try await client.send(.post, "/__admin/events", json: body).status == 201)
            }
            let text = try await recording(client)
            #expect(text.utf8.count > 5 << 20)
            let bodies = try ScenarioFile.parse(text, from: .file).steps.compactMap { step in
                (step.action as? TriggerStep)?.body["data"]?["memo"]?.string
            }
            #expect(bodies == [memo, memo, memo])
            #expect(throws: ScenarioProblems.self) { try ScenarioFile.parse(text, from: .request) }
        }
    }
}
