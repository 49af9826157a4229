import StrictJSON
import Webhooks

/// The members of a mapping, by their keys.
struct ScenarioMembers {
    private var members: [String: (key: ScenarioNode, value: ScenarioNode)] = [:]

    var isEmpty: Bool { members.isEmpty }

    subscript(name: String) -> ScenarioNode? { members[name]?.value }

    func key(_ name: String) -> ScenarioNode? { members[name]?.key }

    mutating func add(_ name: String, _ member: (key: ScenarioNode, value: ScenarioNode)) { members[name] = member }
}

extension ScenarioParser {
    /// Returns the members of a mapping, and reports those with unknown keys; `nil` if the node is not a mapping.
    ///
    /// A misspelt key counts as the one that was probably meant, so that one mistake is not reported twice, as unknown
    /// and as missing.
    mutating func mapping(_ node: ScenarioNode, _ name: String, _ known: [String]) -> ScenarioMembers? {
        guard case .mapping(let members) = node.value else {
            wrong(node.position, "\(name) is \(node.kind); expected a mapping with \(known.joined(separator: ", "))")
            return nil
        }
        var found = ScenarioMembers()
        for member in members where known.contains(member.key.text ?? "") { found.add(member.key.text ?? "", member) }
        for member in members where !known.contains(member.key.text ?? "") {
            let left = known.filter { found[$0] == nil }
            wrong(member.key.position, "\(name) has no \(unknown(member.key, among: left, of: known))")
            if let meant = Suggestion.nearest(to: member.key.text ?? "", among: left) { found.add(meant, member) }
        }
        return found
    }

    /// Returns an unknown key with a hint at the one to write instead.
    func unknown(_ key: ScenarioNode, among known: [String], of all: [String]) -> String {
        "\(key.name); "
            + Suggestion.hint(for: key.text ?? "", among: known, orElse: all.joined(separator: ", "))
    }

    /// Returns a text, and reports placeholders in it that no earlier step has saved.
    mutating func text(_ node: ScenarioNode, _ name: String) -> String? {
        guard let text = node.text, !node.isNull else {
            wrong(node.position, "\(name) is \(node.kind); expected a text")
            return nil
        }
        use(text, at: node.position)
        return text
    }

    /// Returns a mapping of names to texts.
    mutating func texts(_ node: ScenarioNode, _ name: String) -> [String: String] {
        guard case .mapping(let members) = node.value else {
            wrong(node.position, "\(name) is \(node.kind); expected a mapping of names to texts")
            return [:]
        }
        var found: [String: String] = [:]
        for member in members { found[member.key.text ?? ""] = text(member.value, "\(name).\(member.key.text ?? "")") }
        return found
    }

    /// Returns any value, and registers the use of the placeholders in it.
    mutating func json(_ node: ScenarioNode) -> JSON {
        switch node.value {
        case .scalar(let text, _): use(text, at: node.position)
        case .sequence(let elements): for element in elements { _ = json(element) }
        case .mapping(let members): for member in members { _ = json(member.value) }
        }
        return node.json
    }

    mutating func object(_ node: ScenarioNode, _ name: String, expected: String = "a mapping") -> JSONObject? {
        guard case .mapping = node.value else {
            wrong(node.position, "\(name) is \(node.kind); expected \(expected)")
            return nil
        }
        return json(node).object
    }

    mutating func integer(_ node: ScenarioNode, _ name: String, in range: ClosedRange<Int>) -> Int? {
        if let number = node.json.integer, range.contains(number) { return number }
        wrong(
            node.position,
            "\(name) is \(node.shown); expected a whole number from \(range.lowerBound) to \(range.upperBound)")
        return nil
    }

    mutating func bool(_ node: ScenarioNode, _ name: String) -> Bool? {
        if let bool = node.json.bool { return bool }
        wrong(node.position, "\(name) is \(node.shown); expected true or false")
        return nil
    }

    /// Checks a member that has no value but `true`.
    mutating func flag(_ node: ScenarioNode, _ name: String) {
        if node.json != true { wrong(node.position, "\(name) is \(node.shown); expected true") }
    }

    mutating func span(_ node: ScenarioNode, _ name: String, atMost longest: TimeSpan = .longest) -> TimeSpan? {
        var expected = "at most \(longest)"
        do {
            let span = try TimeSpan(node.text ?? "")
            if span <= longest { return span }
        } catch {
            if (error as? TimeSpanError)?.isTooLong != true { expected = "a duration such as 200ms, 5s or 1h30m" }
        }
        wrong(node.position, "\(name) is \(node.shown); expected \(expected)")
        return nil
    }

    mutating func instant(_ node: ScenarioNode, _ name: String) -> Timestamp? {
        do {
            return try Timestamp(iso8601: node.text ?? "")
        } catch {
            let isMisshapen = (error as? TimestampError)?.isMisshapen ?? false
            wrong(
                node.position,
                "\(name) is \(node.shown)\(isMisshapen ? "" : ", which \(error)"); expected an instant such as 2026-01-05T09:00:00Z"
            )
            return nil
        }
    }

    /// Returns one of a few words.
    mutating func word(_ node: ScenarioNode, _ name: String, _ known: [String]) -> String? {
        if let text = node.text, known.contains(text) { return text }
        let hint = Suggestion.hint(for: node.text ?? "", among: known, orElse: known.alternatives)
        wrong(node.position, "\(name) is \(node.shown); \(hint)")
        return nil
    }

    mutating func choice<Choice: RawRepresentable & CaseIterable>(
        _ node: ScenarioNode, _ name: String, _ type: Choice.Type
    ) -> Choice? where Choice.RawValue == String {
        word(node, name, Choice.allCases.map(\.rawValue)).flatMap(Choice.init)
    }

    mutating func topic(_ node: ScenarioNode) -> String? { choice(node, "topic", Topic.self)?.rawValue }
}
