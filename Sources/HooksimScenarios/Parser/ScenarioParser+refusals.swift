import Webhooks

/// Reports the errors of the control API's parsers in the words of a file, which begin with the value that is there.
extension ScenarioParser {
    /// Reports each wrong field of a mapping at its position.
    mutating func report(_ error: any Error, in node: ScenarioNode, prefix: String) {
        guard let failure = error as? ValidationFailure else { return wrong(node.position, "\(prefix)\(error)") }
        for (path, problem) in failure.fields {
            let (key, value) = Self.member(at: path, in: node)
            switch (key, problem) {
            case (nil, _):
                // A member whose name is misspelt is not reported as missing as well.
                let isMeant = failure.fields.contains { $0.problem.isMisspelling(ofLastNameIn: path) }
                if !isMeant { reportMissing(prefix + path, problem, around: value) }
            case (let key?, .unknownMember(let suggestion, let known)):
                let parent = path.split(separator: ".").dropLast().joined(separator: ".")
                let hint = suggestion.map { "did you mean \($0)?" } ?? "expected \(known.joined(separator: ", "))"
                wrong(key.position, "\(prefix)\(parent.isEmpty ? "a rule" : parent) has no \(key.name); \(hint)")
            case (let key?, .invalidName(let reason)): wrong(key.position, "\(prefix)\(path) \(reason)")
            case (_?, _): report(problem, of: prefix + path, value)
            }
        }
    }

    private mutating func reportMissing(_ name: String, _ problem: Problem, around node: ScenarioNode) {
        let expected =
            switch problem {
            case .missing(let expected?), .unexpected(let expected, _): expected
            default: "a value"
            }
        wrong(node.position, "\(name) is missing; expected \(expected)")
    }

    /// Reports a problem of a value.
    mutating func report(_ problem: Problem, of name: String, _ node: ScenarioNode) {
        switch problem {
        case .element(let index, let inner):
            guard case .sequence(let elements) = node.value, elements.indices.contains(index) else {
                return report(inner, of: name, node)
            }
            report(inner, of: name, elements[index])
        case .unexpected(let expected, let found):
            // If the kind of the value is wrong, the message names it as well.
            let kind = found != nil && node.text != nil ? ", \(node.kind)" : ""
            wrong(node.position, "\(name) is \(node.shown)\(kind); expected \(expected)")
        case .unexpectedMembers(let expected):
            let keys = node.keys.isEmpty ? "is \(node.shown)" : "has \(node.keys.enumeration)"
            wrong(node.position, "\(name) \(keys); expected \(expected)")
        case .invalid(let reason, let expected):
            let hint = expected.map { "; expected \($0)" } ?? ""
            wrong(node.position, "\(name) is \(node.shown), which \(reason)\(hint)")
        case .forbidden: wrong(node.position, "\(name) is \(node.shown), but \(problem)")
        case .missing, .unknownMember, .invalidName, .verbatim:
            wrong(node.position, "\(name) is \(node.shown), which \(problem)")
        }
    }

    /// Reports a problem of a key.
    mutating func report(_ problem: Problem, ofKey name: String, _ key: ScenarioNode) {
        guard case .invalid(let reason, let expected?) = problem else {
            return wrong(key.position, "\(name) \(problem)")
        }
        wrong(key.position, "\(name) \(reason); expected \(expected)")
    }

    /// Returns the member at a path of names. If there is none, the key is `nil`, and the value is the nearest one
    /// around it.
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

extension Problem {
    fileprivate func isMisspelling(ofLastNameIn path: String) -> Bool {
        guard case .unknownMember(let suggestion?, _) = self else { return false }
        return path == suggestion || path.hasSuffix("." + suggestion)
    }
}

extension ScenarioNode {
    fileprivate var keys: [String] { if case .mapping(let members) = value { members.map(\.key.name) } else { [] } }
}
