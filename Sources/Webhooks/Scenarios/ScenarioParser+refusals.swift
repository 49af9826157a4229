/// The control API refuses values by saying what they must be. In a file, what there is comes first.
extension ScenarioParser {
    /// Tells each wrong field of a mapping at its place.
    mutating func report(_ error: any Error, in node: ScenarioNode, prefix: String) {
        guard let failure = error as? ValidationFailure else { return wrong(node.position, "\(prefix)\(error)") }
        for (path, problem) in failure.fields {
            let (key, value) = Self.member(at: path, in: node)
            let parent = path.split(separator: ".").dropLast().joined(separator: ".")
            if key == nil {
                // Once is enough for a name that is only misspelt.
                let isMeant = failure.fields.contains { path.hasSuffix($0.problem.suggestion ?? " ") }
                if !isMeant { reportMissing(prefix + path, problem, around: value) }
            } else if let key, let hint = problem.dropping(prefix: "is not known here; ") {
                let parent = parent.isEmpty ? "a rule" : parent
                wrong(
                    key.position,
                    "\(prefix)\(parent) has no \(key.name); \(hint.replacing("there are ", with: "expected "))")
            } else if let key, parent == "effect.headers", !problem.hasPrefix("must ") {
                // It is the name of the header that can't be.
                wrong(key.position, "\(prefix)\(path) \(problem)")
            } else {
                report(problem, of: prefix + path, value)
            }
        }
    }

    private mutating func reportMissing(_ name: String, _ problem: String, around node: ScenarioNode) {
        let expected = problem.dropping(prefix: "must be ") ?? problem.dropping(prefix: "is required: ") ?? "a value"
        wrong(node.position, "\(name) is missing; expected \(expected)")
    }

    /// Tells what is wrong with one value.
    mutating func report(_ problem: String, of name: String, _ node: ScenarioNode) {
        let problem = problem.replacing("; write ", with: "; expected ")
        if let (element, rest) = Self.element(problem, of: node) {
            report(rest, of: name, element)
        } else if let expected = problem.dropping(prefix: "must be ") {
            // Of another kind of value, the kind matters as well.
            let parts = expected.split(separator: ", not ", maxSplits: 1)
            let kind = parts.count > 1 && node.text != nil ? ", \(node.kind)" : ""
            wrong(node.position, "\(name) is \(node.shown)\(kind); expected \(parts[0])")
        } else if let expected = problem.dropping(prefix: "must have ") {
            let keys = node.keys.isEmpty ? "is \(node.shown)" : "has \(node.keys.enumeration)"
            wrong(node.position, "\(name) \(keys); expected \(expected)")
        } else {
            let conjunction = problem.hasPrefix("must ") ? "but" : "which"
            wrong(node.position, "\(name) is \(node.shown), \(conjunction) \(problem)")
        }
    }

    /// The element that a problem is about, as in `[1] is not a duration`, and what it is.
    private static func element(_ problem: String, of node: ScenarioNode) -> (ScenarioNode, problem: String)? {
        guard case .sequence(let elements) = node.value, let match = problem.prefixMatch(of: /\[([0-9]+)\]\s/),
            let index = Int(match.1), elements.indices.contains(index)
        else { return nil }
        return (elements[index], String(problem[match.range.upperBound...]))
    }

    /// The member at a path of names. Without a key there is none, and the value is the nearest one around it.
    private static func member(at path: String, in node: ScenarioNode) -> (key: ScenarioNode?, value: ScenarioNode) {
        guard case .mapping(let members) = node.value else { return (nil, node) }
        for member in members {
            let name = member.key.text ?? ""
            if name == path { return member }
            if path.hasPrefix(name + ".") {
                return Self.member(at: String(path.dropFirst(name.count + 1)), in: member.value)
            }
        }
        return (nil, node)
    }
}

extension ScenarioNode {
    fileprivate var keys: [String] { if case .mapping(let members) = value { members.map(\.key.name) } else { [] } }
}

extension String {
    /// What follows the prefix; `nil` without it.
    fileprivate func dropping(prefix: String) -> String? {
        hasPrefix(prefix) ? String(dropFirst(prefix.count)) : nil
    }

    /// The name in `did you mean name?` at the end.
    fileprivate var suggestion: String? {
        firstMatch(of: /did you mean (.+)\?$/).map { String($0.1) }
    }
}
