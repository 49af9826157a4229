import Hummingbird
import StrictJSON
import Webhooks

/// The page of the fault rules in force, and of the presets that can be added.
struct FaultsPage: Sendable {
    let frame: InspectorFrame
    let faults: FaultRegistry

    private static let example =
        #"{"target": "delivery", "match": {"attempt": 1}, "effect": {"status": 500}, "times": 3}"#

    /// Returns the page.
    ///
    /// - Parameters:
    ///   - rule: the rule that the user filled in, if it was refused.
    ///   - problem: the reason why it was refused.
    func show(_ request: Request, rule: String? = nil, problem: String? = nil) -> Response {
        let rules = faults.entries.map { entry -> [String: Any] in
            [
                "id": entry.id, "target": entry.rule.target.rawValue, "hits": entry.hits,
                "rule": JSON.object(entry.rule.source).indented,
            ]
        }
        var context: [String: Any] = [
            "rules": rules, "hasRules": !rules.isEmpty, "example": rule ?? Self.example,
            "presets": FaultPreset.allCases.map { ["name": $0.rawValue, "summary": $0.summary] },
        ]
        context["problem"] = problem
        return frame.render("faults", title: "Faults", request, status: problem == nil ? .ok : .badRequest, context)
    }
}
