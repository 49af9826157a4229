import Webhooks

extension ScenarioParser {
    private static let deepestNesting = 8

    /// Returns the steps of a list, which may be in a step itself.
    mutating func steps(_ node: ScenarioNode, _ name: String) -> [ScenarioStep] {
        guard case .sequence(let nodes) = node.value else {
            wrong(node.position, "\(name) is \(node.kind); expected a list of steps")
            return []
        }
        guard nesting < Self.deepestNesting else {
            wrong(node.position, "steps nest deeper than \(Self.deepestNesting) levels; expected fewer")
            return []
        }
        nesting += 1
        defer { nesting -= 1 }
        if nodes.isEmpty { wrong(node.position, "\(name) is empty; expected at least one step") }
        return nodes.compactMap { step($0) }
    }

    private mutating func step(_ node: ScenarioNode) -> ScenarioStep? {
        let names = ScenarioSteps.names
        guard case .mapping(let members) = node.value, let member = members.first else {
            let all = names.joined(separator: ", ")
            wrong(node.position, "a step is \(node.kind); expected a mapping with one of \(all)")
            return nil
        }
        guard members.count == 1 else {
            let others = members.dropFirst().map(\.key)
            let isTwo = others.contains { names.contains($0.text ?? "") }
            wrong(
                others[0].position,
                "a step has \(members.map(\.key.name).enumeration); expected "
                    + (isTwo ? "one of them" : "\(member.key.name) alone, with what belongs to it indented further"))
            return nil
        }
        guard let type = ScenarioSteps.all.first(where: { $0.name == member.key.text }) else {
            wrong(member.key.position, "there is no step \(unknown(member.key, among: names, of: names))")
            return nil
        }
        return type.parse(member.value, &self).map { ScenarioStep(position: member.key.position, action: $0) }
    }

    /// Reports any content of a step that has none.
    mutating func checkNothing(_ node: ScenarioNode, _ name: String) {
        if case .mapping(let members) = node.value {
            for member in members { wrong(member.key.position, "\(name) has no \(member.key.name); expected {}") }
        } else if !node.isNull {
            wrong(node.position, "\(name) is \(node.shown); expected {}")
        }
    }
}
