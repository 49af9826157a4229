import Hummingbird
import Webhooks

/// The fault rules in force, and those with a name that can be added.
struct FaultsPage: Sendable {
    let frame: InspectorFrame
    let faults: FaultRegistry

    private static let example =
        #"{"target": "delivery", "match": {"attempt": 1}, "effect": {"status": 500}, "times": 3}"#

    /// - Parameter rule: one that was filled in and could not be taken.
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
