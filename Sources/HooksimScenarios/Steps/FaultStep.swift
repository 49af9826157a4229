import NIOHTTP1
import StrictJSON
import Webhooks

/// Adds a fault rule, or the rules of a preset.
struct FaultStep: ScenarioAction {
    static let name = "fault"
    static let schema = """
        description: Adds a fault rule, or the rules of a preset.
        anyOf:
          - description: >-
              A preset: `flaky`: a tenth of the API requests get 503; `outage`: every API and token request gets 503
              with Retry-After; `slow`: API requests take long, a few of them very long; `rate-limited`: every other
              API request gets 429; `expired-token`: the token of the next API request has expired; `duplicates`:
              every delivery is sent twice; `out-of-order`: deliveries arrive in another order, five at a time;
              `wrong-secret`: deliveries carry a wrong bearer secret; `lost-ack`: the receiver's first response to
              each event is lost, so it is sent again; `chaos`: a seeded mix of all of these.
            enum: fault_presets
          - faultRule
        """

    /// The body of `POST /__admin/faults`.
    let rule: JSON

    static func parse(_ node: ScenarioNode, _ parser: inout ScenarioParser) -> Self? {
        if node.text != nil {
            return parser.choice(node, name, FaultPreset.self).map { Self(rule: ["preset": .string($0.rawValue)]) }
        }
        guard let rule = parser.object(node, name, expected: "a preset or a rule") else { return nil }
        do {
            _ = try FaultRuleParser.parse(rule)
            return Self(rule: .object(rule))
        } catch {
            parser.report(error, in: node, prefix: "fault: ")
            return nil
        }
    }

    var title: String { "fault \(rule["preset"]?.string ?? rule["effect"]?.description ?? "")" }

    func run(in runner: isolated ScenarioRunner) async throws {
        let rule = runner.values.filling(rule)
        runner.faults.append(rule)
        let response = try await runner.session.control(.POST, "/faults", rule)
        runner.faultIDs += (response["data"]?.array ?? [response]).compactMap { $0["id"]?.string }
    }
}
