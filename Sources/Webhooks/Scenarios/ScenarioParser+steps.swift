extension ScenarioParser {
    static let steps = [
        "subscribe", "unsubscribe", "trigger", "advance", "wait", "expect", "call", "fault", "clear_faults", "retry",
        "settings",
        "restart", "repeat", "parallel",
    ]
    private static let deepestNesting = 8

    mutating func steps(_ node: ScenarioNode, depth: Int) -> [ScenarioStep] {
        guard case .sequence(let nodes) = node.value else {
            wrong(node.position, "steps is \(node.kind); expected a list of steps")
            return []
        }
        guard depth < Self.deepestNesting else {
            wrong(node.position, "steps nest deeper than \(Self.deepestNesting) levels; expected fewer")
            return []
        }
        if nodes.isEmpty { wrong(node.position, "steps is empty; expected at least one step") }
        return nodes.compactMap { step($0, depth: depth) }
    }

    private mutating func step(_ node: ScenarioNode, depth: Int) -> ScenarioStep? {
        guard case .mapping(let members) = node.value, members.count == 1, let member = members.first else {
            wrong(
                node.position,
                "a step is \(node.kind); expected a mapping with one of \(Self.steps.joined(separator: ", "))")
            return nil
        }
        guard let action = action(member.key, member.value, depth) else { return nil }
        return ScenarioStep(position: member.key.position, action: action)
    }

    private mutating func action(_ key: ScenarioNode, _ node: ScenarioNode, _ depth: Int) -> ScenarioAction? {
        switch key.text ?? "" {
        case "subscribe": return subscribe(node)
        case "unsubscribe": return unsubscribe(node)
        case "trigger": return trigger(node)
        case "advance": return advance(node)
        case "wait": return span(node, "wait").map { .wait($0) }
        case "expect": return expect(node)
        case "call": return call(node)
        case "fault": return fault(node)
        case "clear_faults": return .clearFaults
        case "retry": return .retry
        case "settings": return settings(node).map { .settings($0) }
        case "restart":
            guard let text = node.text, ["kill", "graceful"].contains(text) else {
                wrong(node.position, "restart is \(shown(node)); expected kill or graceful")
                return nil
            }
            return .restart(isKill: text == "kill")
        case "repeat":
            guard let members = mapping(node, "repeat", ["times", "steps"]) else { return nil }
            guard let times = members["times"], let steps = members["steps"] else {
                wrong(node.position, "repeat needs times and steps; expected both")
                return nil
            }
            let count = integer(times, "times", in: 1...10_000)
            let repeated = self.steps(steps, depth: depth + 1)
            return count.map { .repeated(times: $0, repeated) }
        case "parallel": return .parallel(steps(node, depth: depth + 1))
        case let name:
            let hint =
                Suggestion.nearest(to: name, among: Self.steps).map { "did you mean \($0)?" }
                ?? "expected \(Self.steps.joined(separator: ", "))"
            wrong(key.position, "there is no step \(name); \(hint)")
            return nil
        }
    }

    private mutating func subscribe(_ node: ScenarioNode) -> ScenarioAction? {
        guard let members = mapping(node, "subscribe", ["topic", "to", "path", "secret_key", "save"]) else {
            return nil
        }
        guard let topic = members["topic"], let to = members["to"] else {
            wrong(node.position, "subscribe needs topic and to; expected both")
            return nil
        }
        let topics: [String]
        if case .sequence(let nodes) = topic.value {
            topics = nodes.compactMap { self.topic($0) }
        } else {
            topics = self.topic(topic).map { [$0] } ?? []
        }
        let path = members["path"].flatMap { text($0, "path") } ?? ""
        let secret = members["secret_key"].flatMap { text($0, "secret_key") }
        guard let receiver = receiver(named: to) else { return nil }
        return .subscribe(
            topics: topics, receiver: receiver, path: path, secretKey: secret, save: save(members["save"]))
    }

    private mutating func unsubscribe(_ node: ScenarioNode) -> ScenarioAction? {
        guard let members = mapping(node, "unsubscribe", ["topic", "to", "id"]) else { return nil }
        guard !members.isEmpty else {
            wrong(node.position, "unsubscribe needs a topic, a receiver (to) or an id; expected one of them")
            return nil
        }
        return .unsubscribe(
            topic: members["topic"].flatMap { topic($0) }, receiver: members["to"].flatMap { receiver(named: $0) },
            id: members["id"].flatMap { text($0, "id") })
    }

    private mutating func trigger(_ node: ScenarioNode) -> ScenarioAction? {
        guard let members = mapping(node, "trigger", ["topic", "entity_id", "data", "set", "count", "save"]) else {
            return nil
        }
        guard let topicNode = members["topic"] else {
            wrong(node.position, "trigger needs a topic; expected one of the 18")
            return nil
        }
        guard let topic = topic(topicNode) else { return nil }
        var body = JSONObject([("topic", .string(topic))])
        if let node = members["entity_id"] { body["entity_id"] = text(node, "entity_id").map { .string($0) } }
        if let node = members["data"] { body["data"] = object(node, "data").map { .object($0) } }
        if let node = members["set"] { body["set"] = object(node, "set").map { .object($0) } }
        if let node = members["count"] { body["count"] = integer(node, "count", in: 1...10_000).map { .number($0) } }
        return .trigger(body, save: save(members["save"]))
    }

    private mutating func advance(_ node: ScenarioNode) -> ScenarioAction? {
        guard let text = node.text else {
            wrong(node.position, "advance is \(node.kind); expected a duration, an instant or idle")
            return nil
        }
        if text == "idle" { return .advance(JSONObject([("until", "idle")])) }
        if (try? TimeSpan(text)) != nil { return .advance(JSONObject([("by", .string(text))])) }
        if (try? Timestamp(iso8601: text)) != nil { return .advance(JSONObject([("to", .string(text))])) }
        wrong(node.position, "advance is \(shown(node)); expected a duration such as 11m, an instant or idle")
        return nil
    }

    private mutating func expect(_ node: ScenarioNode) -> ScenarioAction? {
        guard let members = mapping(node, "expect", ["of", "where", "count", "at_least", "at_most", "within"]) else {
            return nil
        }
        guard let of = members["of"] else {
            wrong(node.position, "expect needs of; expected events, attempts or requests")
            return nil
        }
        guard let known = JournalFieldNames.of(of.text ?? "") else {
            wrong(of.position, "of is \(shown(of)); expected events, attempts or requests")
            return nil
        }
        var body = JSONObject([("of", .string(of.text ?? ""))])
        if let node = members["where"] {
            body["where"] = condition(node, known, isEvents: of.text == "events").map { .object($0) }
        }
        let bounds = ["count", "at_least", "at_most"].filter { members[$0] != nil }
        guard bounds.count == 1 else {
            wrong(
                node.position,
                "expect has \(bounds.isEmpty ? "no bound" : bounds.joined(separator: " and ")); expected one of count, at_least, at_most"
            )
            return nil
        }
        body[bounds[0]] = integer(members[bounds[0]]!, bounds[0], in: 0...Int(Int32.max)).map { .number($0) }
        if let within = members["within"], let span = span(within, "within") {
            body["timeout_ms"] = .number(min(span.milliseconds, 600_000))
        }
        return .expect(body)
    }

    private mutating func condition(_ node: ScenarioNode, _ known: [String], isEvents: Bool) -> JSONObject? {
        guard case .mapping(let members) = node.value else {
            wrong(node.position, "where is \(node.kind); expected a mapping of fields to values")
            return nil
        }
        for member in members {
            let name = member.key.text ?? ""
            if !known.contains(name), !(isEvents && name.hasPrefix("payload.")) {
                let hint =
                    Suggestion.nearest(to: name, among: known).map { "did you mean \($0)?" }
                    ?? "expected \(known.joined(separator: ", "))"
                wrong(member.key.position, "these rows have no \(name); \(hint)")
            } else if name == "topic" {
                _ = topic(member.value)
            } else if name == "status", isEvents {
                _ = choice(member.value, "status", EventStatus.self)
            }
        }
        return json(node).object
    }

    private mutating func fault(_ node: ScenarioNode) -> ScenarioAction? {
        if node.text != nil {
            return choice(node, "fault", FaultPreset.self).map { .fault(["preset": .string($0.rawValue)]) }
        }
        guard let rule = object(node, "fault") else { return nil }
        do {
            _ = try FaultRuleParser.parse(rule)
        } catch let failure as ValidationFailure {
            for field in failure.fields {
                wrong(Self.position(of: field.name, in: node), "fault: \(field.name) \(field.problem)")
            }
            return nil
        } catch {
            wrong(node.position, "fault: \(error)")
            return nil
        }
        return .fault(.object(rule))
    }

    /// Where a field of that path stands, or the nearest thing around it.
    private static func position(of path: String, in node: ScenarioNode) -> ScenarioNode.Position {
        var node = node
        for name in path.split(separator: ".") {
            guard case .mapping(let members) = node.value,
                let member = members.first(where: { $0.key.text == String(name) })
            else { break }
            node = member.value
        }
        return node.position
    }

    private mutating func call(_ node: ScenarioNode) -> ScenarioAction? {
        let keys = ["method", "path", "headers", "body", "auth", "status", "header", "json", "save"]
        guard let members = mapping(node, "call", keys) else { return nil }
        guard let path = members["path"] else {
            wrong(node.position, "call needs a path; expected one such as /webhooks/events")
            return nil
        }
        var call = ScenarioCall()
        if let node = members["method"] {
            let known = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
            if let method = node.text, known.contains(method) {
                call.method = method
            } else {
                wrong(node.position, "method is \(shown(node)); expected one of \(known.joined(separator: ", "))")
            }
        }
        if let text = text(path, "path") {
            call.path = text
            if text.first != "/" { wrong(path.position, "path is \(text); expected one that starts with /") }
        }
        if let node = members["headers"] { call.headers = texts(node, "headers") }
        if let node = members["body"] { call.body = json(node) }
        if let node = members["auth"] {
            if let isAuthorized = node.json.bool {
                call.isAuthorized = isAuthorized
            } else {
                wrong(node.position, "auth is \(shown(node)); expected true or false")
            }
        }
        if let node = members["status"] { call.status = integer(node, "status", in: 100...599) }
        if let node = members["header"] { call.expectedHeaders = texts(node, "header") }
        if let node = members["json"] { call.json = json(node) }
        if let node = members["save"] { call.save = saves(node) }
        return .call(call)
    }

    /// `name: path.of.the.value` for each value to be kept.
    private mutating func saves(_ node: ScenarioNode) -> [(name: String, path: String)] {
        guard case .mapping(let members) = node.value else {
            wrong(
                node.position,
                "save is \(node.kind); expected a mapping of names to paths in the answer, such as cursor: end_cursor")
            return []
        }
        return members.compactMap { member in
            guard let name = save(member.key), let path = member.value.text else { return nil }
            return (name, path)
        }
    }
}
