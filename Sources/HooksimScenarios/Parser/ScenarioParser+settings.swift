import StrictJSON
import Webhooks

extension ScenarioParser {
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
