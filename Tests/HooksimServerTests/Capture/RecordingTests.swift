import Foundation
import struct HooksimClient.ClientRequest
import struct HooksimClient.ControlClient
import struct HooksimClient.OpenResponse
import HooksimReplay
import HooksimScenarios
import StrictJSON
import Webhooks
@testable import HooksimServer
import NIOHTTP1
import Testing

/// Tests of recordings of the shipped scenarios, and of what a recording may contain.
@Suite(.serialized) struct RecordingTests {
    static let files = ShippedScenarioTests.files.filter { $0.hasPrefix("scenarios/") }

    /// The executable next to the tests, since scenarios restart and kill their simulator.
    private static let executable = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        .deletingLastPathComponent().appending(path: "hooksim").path

    @Test(arguments: files)
    func `a recorded scenario replays to the same attempt log`(file: String) async throws {
        let (original, recording) = try await Self.run(
            try Self.patient(ScenarioFile.parse(ShippedScenarioTests.text(file), from: .file)))
        try #require(original.isPassed, "\(original.steps.compactMap(\.failure))")
        let scenario: Scenario
        do {
            scenario = try ScenarioFile.parse(recording, from: .file)
        } catch {
            Issue.record("the recording can't be read: \(error)\n\(recording)")
            return
        }
        let (replayed, again) = try await Self.run(scenario)
        #expect(replayed.isPassed, "\(replayed.steps.compactMap(\.failure))\n\(recording)")
        #expect(!replayed.attemptLog.isEmpty || original.attemptLog.isEmpty)
        #expect(Self.anonymous(replayed.attemptLog) == Self.anonymous(original.attemptLog), "\(recording)")
        // The recording of the replay is the same as the recording, except for the expectations at its end.
        #expect(try ScenarioFile.parse(again, from: .file).receivers.count == scenario.receivers.count)
    }

    @Test func `a recording has no secret in it`() async throws {
        let canary = "canary-\(UInt64.random(in: 0...UInt64.max))"
        let receiver = try await Receiver()
        try await withSimulator {
            $0.clientSecret = "\(canary)-client"
        } _: { client in
            let token = try await client.token("sandbox", "\(canary)-client")
            let url = receiver.url + "/hooks?key=\(canary)-query"
            try await client.subscribe(to: url, secret: "\(canary)-key", token: token)
            _ = try await client.send(.post, "/webhooks", token: token, json: ["secret_key": .string("\(canary)-x")])
            for url in ["https://user:\(canary)-a@a.example/", "ftp://a.example/?key=\(canary)-b", "\(canary)-c@a/b"] {
                let body: JSON = [
                    "topic": "invoice_paid", "endpoint_url": .string(url), "secret_key": .string("\(canary)-d"),
                ]
                let response = try await client.send(.post, "/webhooks", token: token, json: body)
                #expect(response.status == 422)
            }
            _ = try await client.send(.get, "/webhooks", token: "\(canary)-token")
            _ = try await client.send(
                .post, "/oauth/token", headers: [("Content-Type", "application/x-www-form-urlencoded")],
                body: Array("grant_type=client_credentials&client_id=sandbox&client_secret=\(canary)-form".utf8))
            let id = try await client.trigger()[0]
            try await client.expect("attempts", ["event_id": .string(id)], count: 1)
            let scenario = try #require(try await client.send(.get, "/__admin/recording").json["scenario"]?.string)
            #expect(scenario.contains("placeholder-secret-1") && scenario.contains("path: \"/hooks\""), "\(scenario)")
            #expect(!scenario.contains(canary), "\(scenario)")
            #expect(throws: Never.self) { try ScenarioFile.parse(scenario, from: .file) }
        }
    }

    @Test func `a recording survives a restart, and a reset begins it anew`() async throws {
        let receiver = try await Receiver()
        try await withTemporaryStore { store in
            try await withSimulator {
                $0.store = store
            } _: { client in
                try await client.subscribe(to: receiver.url, token: client.token())
            }
            try await withSimulator {
                $0.store = store
            } _: { client in
                let scenario = { try await client.send(.get, "/__admin/recording").json["scenario"]?.string ?? "" }
                try await client.trigger()
                let text = try await scenario()
                #expect(text.contains("subscribe") && text.contains("restart: graceful"), "\(text)")
                #expect(throws: Never.self) { try ScenarioFile.parse(text, from: .file) }
                _ = try await client.send(.post, "/__admin/reset")
                #expect(try await !scenario().contains("subscribe"))
            }
        }
    }

    @Test func `what two clients did is recorded for each alone`() async throws {
        try await withSimulator { client in
            let (clientID, token) = try await client.partner()
            _ = try await client.send(.get, "/webhooks?limit=1", token: client.token())
            _ = try await client.send(.get, "/webhooks?limit=2", token: token)
            let scenario = { (id: String) in
                try await client.send(.get, "/__admin/recording?client_id=\(id)").json["scenario"]?.string ?? ""
            }
            let (own, other) = (try await scenario("sandbox"), try await scenario(clientID))
            #expect(own.contains("limit=1") && !own.contains("limit=2"), "\(own)")
            #expect(other.contains("limit=2") && !other.contains("limit=1"), "\(other)")
            #expect(try await client.send(.get, "/__admin/recording?client_id=unknown").status == 404)
        }
    }

    // MARK: Running

    /// Returns a scenario with longer timeouts in real time, since other tests keep the machine busy at the same time.
    private static func patient(_ scenario: Scenario) -> Scenario {
        var scenario = scenario
        if scenario.settings["delivery_timeout"] != nil { scenario.settings["delivery_timeout"] = "8s" }
        scenario.steps = scenario.steps.map { step in
            guard var expectation = step.action as? ExpectStep, let limit = expectation.body["timeout_ms"]?.integer
            else {
                return step
            }
            expectation.body["timeout_ms"] = .number(limit * 10)
            return ScenarioStep(position: step.position, action: expectation)
        }
        return scenario
    }

    /// Runs a scenario in a simulator of its own, and takes the recording before it stops.
    private static func run(_ scenario: Scenario) async throws -> (report: ScenarioReport, recording: String) {
        let target = RecordedSimulator(try await SimulatorProcess(executable: executable, scenario: scenario))
        let report = await ScenarioRunner(scenario, name: scenario.name ?? "", target: target).run()
        return (report, await target.recording)
    }

    /// Returns the attempt log with ids, endpoints and objects replaced by numbers in order of appearance.
    private static func anonymous(_ attemptLog: [JSON]) -> [JSON] {
        var numbers: [String: Int] = [:]
        return attemptLog.map { row in
            guard var object = row.object else { return row }
            for name in ["event_id", "entity_id", "endpoint_url"] {
                guard let text = object[name]?.string else { continue }
                let key = "\(name) \(text)"
                numbers[key] = numbers[key] ?? numbers.count
                object[name] = .number(numbers[key]!)
            }
            return .object(object)
        }
    }
}

/// A simulator whose recording is requested just before it stops.
private actor RecordedSimulator: ScenarioTarget {
    private let process: SimulatorProcess
    private(set) var recording = ""

    init(_ process: SimulatorProcess) { self.process = process }

    let adminToken: String? = nil
    let isShared = false

    func open(_ request: ClientRequest) async throws -> OpenResponse { try await process.open(request) }

    func restart(_ restart: ScenarioRestart) async throws { try await process.restart(restart) }

    func stop() async {
        recording = (try? await ControlClient(process, url: "", adminToken: nil).recording().scenario) ?? ""
        await process.stop()
    }
}
