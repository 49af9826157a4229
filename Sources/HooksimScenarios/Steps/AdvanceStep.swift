import NIOHTTP1
import StrictJSON
import Webhooks

/// Moves the clock by a duration, to an instant, or until nothing is left to do.
struct AdvanceStep: ScenarioAction {
    static let name = "advance"
    static let schema = #"""
        description: >-
          Moves the clock by a duration, to an instant, or until nothing is left to do (`idle`). Returns when all that fell due
          was sent and has finished.
        type: string
        anyOf: [{pattern: '^([0-9]+(\.[0-9]+)?(ms|s|m|h|d))+$'}, {const: idle}, {pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}'}]
        examples: [11m, '2026-01-05T10:00:00Z', idle]
        """#

    /// The body of `POST /__admin/clock/advance`.
    let body: JSONObject

    /// Parses a duration, an instant, or `idle`.
    static func parse(_ node: ScenarioNode, _ parser: inout ScenarioParser) -> Self? {
        guard let text = node.text, text != "idle" else {
            if node.text == "idle" { return Self(body: JSONObject([("until", "idle")])) }
            parser.wrong(node.position, "advance is \(node.kind); expected a duration, an instant or idle")
            return nil
        }
        if text.wholeMatch(of: /[0-9]{4}-.*/) != nil {
            return parser.instant(node, name).map { _ in Self(body: JSONObject([("to", .string(text))])) }
        }
        do {
            _ = try TimeSpan(text)
            return Self(body: JSONObject([("by", .string(text))]))
        } catch let error as TimeSpanError where error.isTooLong {
            parser.wrong(node.position, "advance is \(node.shown); expected at most \(TimeSpan.longest)")
        } catch {
            let hint = Suggestion.hint(
                for: text, among: ["idle"], orElse: "a duration such as 11m, an instant or idle")
            parser.wrong(node.position, "advance is \(node.shown); \(hint)")
        }
        return nil
    }

    var title: String { "advance \(body.members.first?.value.string ?? "")" }

    func run(in runner: isolated ScenarioRunner) async throws {
        try await runner.session.control(.POST, "/clock/advance", .object(body))
    }
}
