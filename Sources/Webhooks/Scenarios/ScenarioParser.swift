/// Turns the nodes of a file into a scenario, and finds everything that is wrong with it before anything runs.
package struct ScenarioParser {
    var problems: [ScenarioProblem] = []
    var receivers: Set<String> = []
    /// What steps have saved so far, with where, and which of it was used.
    var saved: [(name: String, position: ScenarioNode.Position)] = []
    var used: Set<String> = []
    /// What can be named without being saved.
    var given: Set<String> = ["client_id", "client_secret"]

    /// - Throws: ``ScenarioProblems``, all at once.
    package static func parse(_ root: ScenarioNode) throws -> Scenario {
        var parser = ScenarioParser()
        let scenario = parser.scenario(root)
        for save in parser.saved where !parser.used.contains(save.name) {
            parser.wrong(
                save.position,
                "\(save.name) is saved but never used; use it as ${\(save.name)} in a later step, or remove it")
        }
        guard parser.problems.isEmpty else { throw ScenarioProblems(parser.problems) }
        return scenario
    }

    mutating func wrong(_ position: ScenarioNode.Position, _ message: String) {
        problems.append(ScenarioProblem(position, message))
    }

    private mutating func scenario(_ root: ScenarioNode) -> Scenario {
        var scenario = Scenario()
        let keys = ["name", "seed", "clock", "profile", "settings", "receivers", "steps"]
        guard let members = mapping(root, "a scenario", keys) else { return scenario }
        scenario.name = members["name"].flatMap { text($0, "name") }
        if let node = members["seed"] {
            if let seed = node.text.flatMap({ UInt64($0) }) {
                scenario.seed = seed
            } else {
                wrong(node.position, "seed is \(shown(node)); expected a whole number from 0 to \(UInt64.max)")
            }
        }
        if let node = members["clock"] {
            do {
                scenario.clock = try Timestamp(iso8601: node.text ?? "")
            } catch {
                wrong(node.position, "clock \(error); expected an instant such as 2026-01-05T09:00:00Z")
            }
        }
        if let node = members["profile"] { scenario.profile = choice(node, "profile", Profile.self) ?? .sandbox }
        if let node = members["settings"] { scenario.settings = settings(node) ?? JSONObject() }
        if let node = members["receivers"] { scenario.receivers = self.receivers(node) }
        guard let steps = members["steps"] else {
            wrong(root.position, "steps is missing; expected a list of steps")
            return scenario
        }
        scenario.steps = self.steps(steps, depth: 0)
        return scenario
    }

    // MARK: Reading nodes

    /// The members of a mapping whose keys are known; `nil` when it is none.
    mutating func mapping(_ node: ScenarioNode, _ name: String, _ known: [String]) -> [String: ScenarioNode]? {
        guard case .mapping(let members) = node.value else {
            wrong(node.position, "\(name) is \(node.kind); expected a mapping with \(known.joined(separator: ", "))")
            return nil
        }
        var found: [String: ScenarioNode] = [:]
        for member in members {
            let key = member.key.text ?? ""
            if known.contains(key) {
                found[key] = member.value
            } else {
                let hint =
                    Suggestion.nearest(to: key, among: known).map { "did you mean \($0)?" }
                    ?? "expected \(known.joined(separator: ", "))"
                wrong(member.key.position, "\(name) has no \(key.isEmpty ? "such key" : key); \(hint)")
            }
        }
        return found
    }

    /// A text; `${…}` in it must have been saved by an earlier step.
    mutating func text(_ node: ScenarioNode, _ name: String) -> String? {
        guard let text = node.text, !node.isNull else {
            wrong(node.position, "\(name) is \(node.kind); expected a text")
            return nil
        }
        use(text, at: node.position)
        return text
    }

    /// Any value, with the placeholders in it noted.
    mutating func json(_ node: ScenarioNode) -> JSON {
        switch node.value {
        case .scalar(let text, _): use(text, at: node.position)
        case .sequence(let elements): for element in elements { _ = json(element) }
        case .mapping(let members): for member in members { _ = json(member.value) }
        }
        return node.json
    }

    mutating func object(_ node: ScenarioNode, _ name: String) -> JSONObject? {
        guard case .mapping = node.value else {
            wrong(node.position, "\(name) is \(node.kind); expected a mapping")
            return nil
        }
        return json(node).object
    }

    private mutating func use(_ text: String, at position: ScenarioNode.Position) {
        for name in text.placeholders {
            guard !given.contains(name) else { continue }
            // What stands behind a point is a part of what was saved: the second event of a trigger, the cursor of a row.
            let name = String(name.prefix { $0 != "." })
            used.insert(name)
            if !saved.contains(where: { $0.name == name }) {
                let hint =
                    Suggestion.nearest(to: name, among: saved.map(\.name)).map { "; did you mean ${\($0)}?" } ?? ""
                wrong(position, "${\(name)} was not saved by an earlier step\(hint)")
            }
        }
    }

    mutating func save(_ node: ScenarioNode?) -> String? {
        guard let node else { return nil }
        let isName = { (text: String) in
            !text.isEmpty && text.allSatisfy { $0 == "_" || $0.isASCII && ($0.isLetter || $0.isNumber) }
        }
        guard let name = node.text, isName(name) else {
            wrong(node.position, "save is \(shown(node)); expected a name of letters, digits and _")
            return nil
        }
        saved.append((name, node.position))
        return name
    }

    mutating func integer(_ node: ScenarioNode, _ name: String, in range: ClosedRange<Int>) -> Int? {
        if let number = node.json.integer, range.contains(number) { return number }
        wrong(
            node.position,
            "\(name) is \(shown(node)); expected a whole number from \(range.lowerBound) to \(range.upperBound)")
        return nil
    }

    mutating func span(_ node: ScenarioNode, _ name: String) -> TimeSpan? {
        do {
            return try TimeSpan(node.text ?? "")
        } catch {
            wrong(node.position, "\(name) is \(shown(node)); expected a duration such as 200ms, 5s or 1h30m")
            return nil
        }
    }

    mutating func choice<Choice: RawRepresentable & CaseIterable>(
        _ node: ScenarioNode, _ name: String, _ type: Choice.Type
    ) -> Choice? where Choice.RawValue == String {
        if let choice = node.text.flatMap(Choice.init) { return choice }
        let known = Choice.allCases.map(\.rawValue)
        let hint =
            Suggestion.nearest(to: node.text ?? "", among: known).map { "did you mean \($0)?" }
            ?? "expected \(known.joined(separator: ", "))"
        wrong(node.position, "\(name) is \(shown(node)); \(hint)")
        return nil
    }

    mutating func topic(_ node: ScenarioNode) -> String? { choice(node, "topic", Topic.self)?.rawValue }

    mutating func settings(_ node: ScenarioNode) -> JSONObject? {
        guard case .mapping(let members) = node.value else {
            wrong(node.position, "settings is \(node.kind); expected a mapping")
            return nil
        }
        let known = Settings().json.members.map(\.name)
        for member in members {
            let name = member.key.text ?? ""
            guard known.contains(name) else {
                let hint =
                    Suggestion.nearest(to: name, among: known).map { "did you mean \($0)?" }
                    ?? "expected \(known.joined(separator: ", "))"
                wrong(member.key.position, "settings has no \(name); \(hint)")
                continue
            }
            var scratch = Settings()
            do {
                try scratch.apply(JSONObject([(name, member.value.json)]))
            } catch {
                wrong(
                    member.value.position,
                    "\((error as? ValidationFailure)?.fields.first.map { "\($0.name) \($0.problem)" } ?? "\(error)")")
            }
        }
        return node.json.object
    }

    func shown(_ node: ScenarioNode) -> String {
        node.text.map { $0.isEmpty ? "empty" : $0 } ?? node.kind
    }
}
