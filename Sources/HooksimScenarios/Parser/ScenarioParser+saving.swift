import StrictJSON
import Webhooks

extension ScenarioParser {
    /// Registers the use of the placeholders in a text, and reports those that no earlier step has saved.
    mutating func use(_ text: String, at position: ScenarioNode.Position) {
        for placeholder in text.placeholders where !given.contains(placeholder) {
            // The text after a point selects a part of the saved value: the second event of a trigger, or the cursor of
            // a row.
            let name = String(placeholder.prefix { $0 != "." })
            used.insert(name)
            guard !saved.contains(where: { $0.name == name }) else { continue }
            var hint = "expected a name that was"
            if let meant = Suggestion.nearest(to: name, among: saved.map(\.name)) {
                used.insert(meant)
                hint = "did you mean ${\(meant)}?"
            }
            wrong(position, "${\(name)} was not saved by an earlier step; \(hint)")
        }
    }

    mutating func save(_ node: ScenarioNode?) -> String? {
        guard let node else { return nil }
        let isName = { (text: String) in
            !text.isEmpty && text.allSatisfy { $0 == "_" || $0.isASCII && ($0.isLetter || $0.isNumber) }
        }
        guard let name = node.text, isName(name) else {
            wrong(node.position, "save is \(node.shown); expected a name of letters, digits and _")
            return nil
        }
        saved.append((name, node.position))
        return name
    }

    /// Returns the names and the paths of the values to save from a response, each written as `name:
    /// path.of.the.value`.
    mutating func saves(_ node: ScenarioNode) -> [(name: String, path: String)] {
        guard case .mapping(let members) = node.value else {
            wrong(
                node.position,
                "save is \(node.kind); expected a mapping of names to paths in the response, such as cursor: end_cursor"
            )
            return []
        }
        return members.compactMap { member in
            guard let name = save(member.key) else { return nil }
            guard let path = member.value.text, member.value.json.string != nil || member.value.json.integer != nil
            else {
                wrong(
                    member.value.position,
                    "save.\(name) is \(member.value.shown); expected a path in the response, such as data.0.id")
                return nil
            }
            return (name, path)
        }
    }

    /// Reports values that are saved but not used: the step that should use one is missing, or uses another one.
    mutating func checkThatSavedIsUsed() {
        for save in saved where !used.contains(save.name) {
            wrong(
                save.position,
                "\(save.name) is saved but never used; expected ${\(save.name)} in a later step, or nothing saved")
        }
    }
}
