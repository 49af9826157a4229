import StrictJSON
import Webhooks

extension ScenarioParser {
    mutating func fault(_ node: ScenarioNode) -> ScenarioAction? {
        if node.text != nil {
            return choice(node, "fault", FaultPreset.self).map { .fault(["preset": .string($0.rawValue)]) }
        }
        guard let rule = object(node, "fault", expected: "a preset or a rule") else { return nil }
        do {
            _ = try FaultRuleParser.parse(rule)
            return .fault(.object(rule))
        } catch {
            report(error, in: node, prefix: "fault: ")
            return nil
        }
    }

    mutating func settings(_ node: ScenarioNode) -> JSONObject? {
        let known = Settings.names
        guard let members = mapping(node, "settings", known) else { return nil }
        let patch = JSONObject(known.compactMap { name in members[name].map { (name, $0.json) } })
        do {
            var settings = Settings()
            try settings.apply(patch)
        } catch {
            report(error, in: node, prefix: "")
        }
        return patch
    }
}
