import Foundation
import struct HooksimClient.ClientRequest
import struct HooksimClient.OpenResponse
import HooksimReplay
import HooksimScenarios
import StrictJSON
import Webhooks
@testable import HooksimServer
import Testing

/// Tests with random values that a recording preserves any JSON text.
@Suite(.timeLimit(.minutes(5))) struct RecordedJSONTests {
    /// The seed is random, so that each run has other values; `HOOKSIM_TEST_SEED` repeats a run.
    private static let seed =
        ProcessInfo.processInfo.environment["HOOKSIM_TEST_SEED"].flatMap { UInt64($0) }
        ?? UInt64.random(in: 0...UInt64.max)

    /// Texts that JSON, YAML or a scenario could misread.
    private static let hostile = [
        "", " ", "  ", "\t", "\n", "\r\n", "\u{0}", "\u{1F}", "\u{7F}", "\u{80}", "\u{85}", "\u{9F}", "\u{A0}",
        "\u{AD}",
        "\u{2028}", "\u{2029}", "\u{FEFF}", "\u{FFFE}", "\u{FFFF}", "\u{FFFD}", "\u{1F600}", "\u{10FFFF}", "\u{E000}",
        "\"", "'", "\\", "\\\\", "\\ufeff", "\\uFEFF", "\\ue000", "\\U0010FFFF", "${", "$${", "$", "}", "${x}", "#",
        " #",
        ": ", ":", "- ", "? ", "*", "*a", "&a", "!", "!!str", "%", "@", "`", "|", ">", "[", "]", "{", ",", "<<", "=",
        "~",
        "null", "true", "yes", "0", "-0", "0x1F", "017", "1_000", "1e3", "1.0", ".inf", "2025-01-01", "---", "...",
        "e\u{301}",
    ]

    private static func text(_ generator: inout SeededGenerator) -> String {
        switch Int.random(in: 0..<10, using: &generator) {
        case 0: return hostile.randomElement(using: &generator)!
        case 1: return String(repeating: hostile.randomElement(using: &generator)!, count: 700)
        default:
            var text = ""
            for _ in 0..<Int.random(in: 1..<6, using: &generator) {
                if Bool.random(using: &generator) {
                    text += hostile.randomElement(using: &generator)!
                } else {
                    text += anyText(&generator)
                }
            }
            return text
        }
    }

    /// Returns a text of random characters from all of Unicode.
    private static func anyText(_ generator: inout SeededGenerator) -> String {
        var text = ""
        for _ in 0..<Int.random(in: 0..<12, using: &generator) {
            let limit: UInt32 = [0x20, 0x80, 0x800, 0x1_0000, 0x11_0000].randomElement(using: &generator)!
            if let scalar = Unicode.Scalar(UInt32.random(in: 0..<limit, using: &generator)) {
                text.unicodeScalars.append(scalar)
            }
        }
        return text
    }

    private static func number(_ generator: inout SeededGenerator) -> JSON {
        let texts = ["0", "-0", "1.0", "1e400", "-1E-7", "0.10", "12345678901234567890123", "1e+2", "-0.0e0"]
        return .number(
            Bool.random(using: &generator)
                ? texts.randomElement(using: &generator)! : String(Int64.random(in: .min ... .max, using: &generator)))
    }

    private static func value(_ generator: inout SeededGenerator, depth: Int) -> JSON {
        switch Int.random(in: 0..<(depth > 0 ? 8 : 5), using: &generator) {
        case 0: return .null
        case 1: return .bool(.random(using: &generator))
        case 2: return number(&generator)
        case 3, 4: return .string(text(&generator))
        case 5:
            return .array(
                (0..<Int.random(in: 0..<5, using: &generator)).map { _ in value(&generator, depth: depth - 1) })
        default: return .object(object(&generator, depth: depth - 1))
        }
    }

    private static func object(_ generator: inout SeededGenerator, depth: Int) -> JSONObject {
        var object = JSONObject()
        for _ in 0..<Int.random(in: 0..<5, using: &generator) {
            object[text(&generator)] = value(&generator, depth: depth)
        }
        return object
    }

    /// Returns a random body of a trigger.
    private static func body(_ generator: inout SeededGenerator) -> JSON {
        let topic = Topic.allCases.randomElement(using: &generator)!
        let entityID = String(("x" + text(&generator)).unicodeScalars.prefix(200))
        return [
            "topic": .string(topic.rawValue), "entity_id": .string(entityID),
            "data": .object(object(&generator, depth: 4)),
        ]
    }

    private static func triggers(_ scenario: Scenario) -> [JSON] {
        scenario.steps.compactMap { step in
            (step.action as? TriggerStep).map { ScenarioValues().filling(.object($0.body)) }
        }
    }

    @Test(arguments: 0..<20)
    func `any JSON is read from the text of a recording as it was sent`(part: UInt64) throws {
        var generator = SeededGenerator(seed: Self.seed ^ (part << 32))
        let now = Timestamp(milliseconds: 1_736_942_400_000)
        for _ in 0..<50 {
            let body = Self.body(&generator)
            var request = RecordedRequest(.triggerEvent, method: "POST", path: "/__admin/events")
            (request.body, request.status, request.created) = (body, 201, ["x"])
            let stored = try JSON(parsing: RecordedAction(at: now, .request(request)).json.encoded)
            let action = try #require(RecordedAction(at: now, stored: stored))
            let start = RecordedAction(at: now, .start(seed: 1, settings: JSONObject(), after: nil))
            let text = Recording(actions: [start, action], attempts: [], events: [], end: now, isCut: false).scenario
            do {
                let read = Self.triggers(try ScenarioFile.parse(text, from: .file))
                #expect(read.map(\.description) == [body.description], "HOOKSIM_TEST_SEED=\(Self.seed)\n\(text)")
            } catch {
                Issue.record("HOOKSIM_TEST_SEED=\(Self.seed): \(error)\n\(text)")
            }
        }
    }

    @Test func `a recording replays to the same payload bytes`() async throws {
        var generator = SeededGenerator(seed: Self.seed)
        let receiver = try await Receiver()
        var sent: [String] = []
        var recording = ""
        try await withSimulator({ $0.frozenAtMilliseconds = 1_736_942_400_000 }) { client in
            let token = try await client.token()
            for topic in Topic.allCases { try await client.subscribe(topic.rawValue, to: receiver.url, token: token) }
            for _ in 0..<8 {
                let response = try await client.send(.post, "/__admin/events", json: Self.body(&generator))
                try #require(response.status == 201, "HOOKSIM_TEST_SEED=\(Self.seed): \(response.text)")
            }
            sent = try await Self.payloads(client)
            recording = try #require(try await client.send(.get, "/__admin/recording").json["scenario"]?.string)
        }
        #expect(sent.count == 8)
        let scenario = try ScenarioFile.parse(recording, from: .file)
        try await withSimulator({ $0.frozenAtMilliseconds = 1_736_942_400_000 }) { client in
            let target = OwnedSimulator(client)
            let report = await ScenarioRunner(scenario, name: "recorded", target: target).run()
            #expect(report.isPassed, "HOOKSIM_TEST_SEED=\(Self.seed): \(report.json)\n\(recording)")
            let replayed = try await Self.payloads(client)
            #expect(replayed == sent, "HOOKSIM_TEST_SEED=\(Self.seed)\n\(recording)")
        }
    }

    /// Returns the data of all events as it was sent, oldest first.
    private static func payloads(_ client: TestClient) async throws -> [String] {
        let rows = try await client.send(.get, "/__admin/events").json["data"]?.array ?? []
        return rows.reversed().compactMap { $0["payload"]?["data"]?.description }
    }
}

/// A simulator that only one scenario uses, and that keeps running after it.
private struct OwnedSimulator: ScenarioTarget {
    private let running: RunningSimulator
    let adminToken: String? = nil
    let isShared = false

    init(_ client: TestClient) { running = RunningSimulator(url: client.url, adminToken: nil) }

    func open(_ request: ClientRequest) async throws -> OpenResponse { try await running.open(request) }

    func restart(_ restart: ScenarioRestart) async throws { try await running.restart(restart) }

    func stop() {}
}
