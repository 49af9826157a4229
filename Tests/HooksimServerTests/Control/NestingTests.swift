import FoundationEssentials
import HooksimReplay
import HooksimScenarios
import StrictJSON
import Testing
import Webhooks

@testable import HooksimServer

/// Tests that deeply nested data is refused in a request, or else returned unchanged by every part of the API.
@Suite struct NestingTests {
    private static func names(_ count: Int) -> String { Array(repeating: "a", count: count).joined(separator: ".") }

    /// Returns the text of an object or an array of this depth.
    private static func nested(_ depth: Int, _ open: String = #"{"a":"#, _ close: String = "}") -> String {
        String(repeating: open, count: depth) + "1" + String(repeating: close, count: depth)
    }

    private func post(
        _ client: TestClient, _ path: String, _ text: String, _ method: Method = .post, token: String? = nil
    )
        async throws -> TestResponse
    {
        try await client.send(
            method, path, token: token, headers: [("Content-Type", "application/json")], body: Array(text.utf8))
    }

    // MARK: Refused

    static let bodies: [(body: String, field: String)] = [
        (#""data":\#(nested(56))"#, "data"), (#""data":\#(nested(62))"#, "data"),
        (#""data":\#(nested(500_000 / 6))"#, "data"),
        (#""data":{"x":\#(nested(200_000, "[", "]"))}"#, "data"),
        (#""set":{"\#(names(56))":1}"#, "set.\(ValuePath.shown(names(56)))"),
        (#""set":{"\#(names(30_000))":1}"#, "set.\(ValuePath.shown(names(30_000)))"),
        (#""set":{"\#(names(400_000))":1}"#, "set.\(ValuePath.shown(names(400_000)))"),
        (#""set":{"a":\#(nested(300))}"#, "set"), (#""set":{"a.b":\#(nested(54))}"#, "set.a.b"),
        (#""data":\#(nested(55)),"set":{"a.a.a":\#(nested(53))}"#, "set.a.a.a"),
        (#""topic_":\#(nested(100))"#, "topic_"), (#""entity_id":\#(nested(100, "[", "]"))"#, "entity_id"),
    ]

    @Test(arguments: bodies)
    func `a trigger that nests too deep is refused, and its field and the limit are named`(body: String, field: String)
        async throws
    {
        try await withPagedSimulator(isFrozen: true) { client, _ in
            let response = try await post(client, "/__admin/events", #"{"topic":"invoice_paid",\#(body)}"#)
            #expect(response.status == 422, "\(response.text.prefix(500))")
            #expect(response.wrongFields == [field])
            #expect(response.text.contains("56 levels"), "\(response.text.prefix(500))")
            #expect(response.body.count < 2000)
            try await client.expect("events", [:], count: 0)
        }
    }

    static let others: [(method: Method, path: String, body: String, statuses: Set<Int>)] = [
        (.post, "/__admin/expect", #"{"of":"events","count":0,"where":{"topic":\#(nested(100))}}"#, [422]),
        (.post, "/__admin/expect", #"{"of":"requests","count":0,"where":{"path":\#(nested(50))}}"#, [422]),
        (.post, "/__admin/expect", #"{"of":"events","count":0,"where":{"payload.\#(names(200_000))":1}}"#, [422]),
        (.post, "/__admin/expect", #"{"of":"events","count":0,"where":{"payload.\#(names(500))":1}}"#, [200]),
        (.post, "/__admin/faults", #"{"target":"api","effect":{"status":200,"body":\#(nested(60))}}"#, [422]),
        (.post, "/__admin/faults", #"{"target":"api","effect":\#(nested(50_000))}"#, [422]),
        (.patch, "/__admin/settings", #"{"retry_schedule":\#(nested(300_000, "[", "]"))}"#, [422]),
        (.patch, "/__admin/settings", #"{"retry_schedule":\#(nested(50, "[", "]"))}"#, [422]),
        (.put, "/__admin/clock", #"{"mode":\#(nested(50_000))}"#, [422]),
        (.post, "/__admin/clock/advance", #"{"by":\#(nested(50_000))}"#, [422]),
        (.post, "/__admin/partners", #"{"scopes":\#(nested(300_000, "[", "]"))}"#, [422]),
        (.post, "/__admin/reset", #"{"client_id":\#(nested(50_000))}"#, [422]),
        (.post, "/__admin/scenarios", #"{"steps":\#(nested(100))}"#, [422]),
        (.post, "/__admin/scenarios", nested(300_000, "[", "]"), [422]),
        (
            .post, "/__admin/scenarios",
            #"{"steps":[{"request": {"path":"/","body":{"a":\#(nested(58))},"json":\#(nested(59))}}]}"#, [200]
        ),
        (.post, "/webhooks", #"{"endpoint_url":\#(nested(50_000))}"#, [422]),
        (.post, "/webhooks", nested(300_000, "[", "]"), [400]),
        (.post, "/webhooks/retry", nested(300_000, "[", "]"), [200, 400]),
        (.post, "/oauth/token", #"{"grant_type":\#(nested(50_000))}"#, [400]),
    ]

    @Test(arguments: others)
    func `no body ends the process, whatever it is for`(method: Method, path: String, body: String, statuses: Set<Int>)
        async throws
    {
        try await withSimulator { client in
            let response = try await post(client, path, body, method, token: client.token())
            #expect(statuses.contains(response.status), "\(response.status) \(response.text.prefix(500))")
            #expect(try await client.send(.get, "/__admin/health").status == 200)
        }
    }

    static let forms: [(path: String, body: String)] = [
        ("/oauth/token", String(repeating: "a&", count: 500_000)),
        ("/oauth/token", String(repeating: "a=b&", count: 250_000)),
        ("/oauth/token", (0..<60_000).map { "a\($0)=\($0)" }.joined(separator: "&")),
        ("/__admin/inspector/trigger", String(repeating: "a&", count: 500_000)),
    ]

    @Test(arguments: forms)
    func `a form of very many fields gets a response`(path: String, body: String) async throws {
        try await withSimulator { client in
            let response = try await client.send(
                .post, path, headers: [("Content-Type", "application/x-www-form-urlencoded")], body: Array(body.utf8))
            #expect((400...499).contains(response.status), "\(response.status)")
            #expect(try await client.send(.get, "/__admin/recording").status == 200)
            #expect(try await client.send(.get, "/__admin/inspector/requests").status == 200)
        }
    }

    @Test(arguments: ["/__admin/events/", "/__admin/faults/", "/webhooks/", "/__admin/partners/", "/a/"])
    func `a long path gets a response`(path: String) async throws {
        try await withSimulator { client in
            for tail in [String(repeating: "x", count: 30_000), String(repeating: "x/", count: 15_000) + "x"] {
                let response = try await client.send(.delete, path + tail, token: client.token())
                #expect((400...499).contains(response.status), "\(response.status)")
            }
        }
    }

    // MARK: Accepted

    static let deepest: [String] = [
        #""data":\#(nested(55))"#, #""data":{"x":\#(nested(54, "[", "]"))}"#, #""set":{"\#(names(55))":1}"#,
        #""set":{"a.a":\#(nested(53))}"#, #""data":\#(nested(30)),"set":{"\#(names(29)).b":\#(nested(25))}"#,
    ]

    @Test(arguments: deepest)
    func `what nests as deep as it may is shown, listed, expected, recorded, replayed and delivered`(body: String)
        async throws
    {
        let receiver = try await Receiver()
        try await withSimulator { client in
            let token = try await client.token()
            try await client.subscribe(to: receiver.url, token: token)
            var stream = try await LiveFeedReader(client)
            let created = try await post(
                client, "/__admin/events", #"{"topic":"invoice_paid","entity_id":"deep",\#(body)}"#)
            try #require(created.status == 201, "\(created.text)")
            let id = try #require(created.json["data"]?.array?.first?["id"]?.string)
            try await client.expect("events", ["status": "delivered"], count: 1)
            let payload = try JSON(parsing: try #require(receiver.received.first).body)
            #expect(payload.depth == JSON.maxBodyDepth)
            #expect(try await stream.first("event") { $0["id"] == .string(id) } != nil)

            #expect(try await client.event(id)["payload"] == payload)
            for path in ["/webhooks/events", "/__admin/events"] {
                let page = try await client.send(.get, path, token: path == "/webhooks/events" ? token : nil)
                #expect(page.json["data"]?.array?.first?["payload"] == payload)
            }
            for page in [
                "", "inspector/events", "inspector/events/\(id)", "inspector/requests",
                "inspector/scenarios?recording=1",
            ] {
                let shown = try await client.send(.get, "/__admin/\(page)")
                #expect(shown.status == 200, "\(page)")
            }
            let unmet = try await client.send(
                .post, "/__admin/expect",
                json: ["of": "events", "where": ["status": "failed"], "count": 1, "timeout_ms": 0])
            #expect(unmet.status == 409 && unmet.json["closest"]?.array?.first?["payload"] == payload, "\(unmet.text)")
            #expect(try await client.send(.post, "/__admin/events/\(id)/resend").status == 200)

            for arguments in [["events"], ["events", "--output", "json"]] {
                let command = try Program(arguments + ["--url", client.url])
                #expect(await command.end() == 0, "\(command.errors)")
                #expect(command.output.contains(id))
            }
            try await replay(in: client, as: payload["data"])
        }
        try await receiver.stop()
    }

    /// Runs the recording of a simulator in another one, as the control API and as the inspector's form take it.
    private func replay(in client: TestClient, as data: JSON?) async throws {
        let recording = try #require(try await client.send(.get, "/__admin/recording").json["scenario"]?.string)
        let scenario = try ScenarioFile.parse(recording, from: .request)
        let bodies = scenario.steps.compactMap { step in
            (step.action as? TriggerStep)?.body
        }
        let body = try #require(bodies.first, "\(recording)")
        let sample = Samples[.invoicePaid]
        let again = try EventData(body["data"]?.object, setting: body["set"]?.object ?? JSONObject(), sample: sample)
        let created = again.make(entityID: body["entity_id"]?.string, at: SampleData.referenceInstant) { "" }
        if body["data"] != nil { #expect(try JSON(parsing: created.data) == data) }
        try await withSimulator { other in
            let report = await ScenarioRunner(
                scenario, name: "recorded", target: RunningSimulator(url: other.url, adminToken: nil)
            )
            .run()
            #expect(report.isPassed, "\(report.json)\n\(recording)")
        }
    }

    @Test func `a fault rule that nests as deep as it may is listed, recorded and replayed`() async throws {
        try await withSimulator { client in
            let rule = #"{"target":"api","effect":{"status":200,"body":\#(Self.nested(54))}}"#
            let added = try await post(client, "/__admin/faults", rule)
            try #require(added.status == 201, "\(added.text)")
            let listed = try await client.send(.get, "/__admin/faults").json["data"]?.array?.first
            #expect(listed?["effect"] == added.json["effect"] && added.json["effect"] != nil)
            let response = try await client.send(.get, "/webhooks", token: client.token())
            #expect(response.json == added.json["effect"]?["body"])
            let command = try Program(["faults", "list", "--url", client.url])
            #expect(await command.end() == 0, "\(command.errors)")
            #expect(try await client.send(.get, "/__admin/inspector/faults").status == 200)
            let recording = try #require(try await client.send(.get, "/__admin/recording").json["scenario"]?.string)
            let scenario = try ScenarioFile.parse(recording, from: .request)
            #expect(scenario.steps.contains { type(of: $0.action).name == "fault" }, "\(recording)")
        }
    }

    @Test func `the same rule with a level more is refused also where it is an option or stands in a file`() throws {
        let rule = #"{"target":"api","effect":{"status":200,"body":\#(Self.nested(55))}}"#
        let object = try #require(try JSON(parsing: rule.utf8).object)
        let failure = #expect(throws: ValidationFailure.self) { try FaultRuleParser.parse(object) }
        #expect(failure?.fields.map(\.name) == ["effect.body"])
        #expect(throws: ScenarioProblems.self) {
            try ScenarioFile.parse(#"{"steps":[{"fault":\#(rule)}]}"#, from: .file)
        }
    }

    // MARK: Commands

    @Test func `commands say what nests too deep`() async throws {
        try await withPagedSimulator(isFrozen: true) { client, _ in
            try await withTemporaryStore { path in
                let url = ["--url", client.url]
                for (depth, message) in [(58, "data nests too deep"), (100_000, "nest deeper than 64 levels")] {
                    try Data(Self.nested(depth).utf8).write(to: URL(filePath: path))
                    let command = try Program(["trigger", "invoice_paid", "--data", path] + url)
                    #expect(await command.end() == 2)
                    #expect(command.errors.contains(message), "\(command.errors)")
                }
                for (path, message) in [(Self.names(30_000), "has 30000 names"), ("total.x", "goes through total")] {
                    let command = try Program(["trigger", "invoice_paid", "--set", "\(path)=1"] + url)
                    #expect(await command.end() == 2)
                    #expect(command.errors.contains(message) && command.errors.utf8.count < 1000, "\(command.errors)")
                }
                for text in [#"{"steps":\#(Self.nested(100_000))}"#, "steps: \(Self.nested(5000, "[", "]"))"] {
                    try Data(text.utf8).write(to: URL(filePath: path))
                    let command = try Program(["replay", path])
                    #expect(await command.end() == 2)
                    #expect(command.errors.contains("64 levels"), "\(command.errors)")
                }
            }
        }
    }
}
