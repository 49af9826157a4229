import StrictJSON
import Webhooks

extension ScenarioParser {
    private static let steps = [
        "subscribe", "unsubscribe", "trigger", "advance", "wait_real", "expect", "request", "fault", "clear_faults",
        "retry",
        "settings", "restart", "repeat", "parallel",
    ]
    private static let deepestNesting = 8

    mutating func steps(_ node: ScenarioNode, _ name: String, depth: Int) -> [ScenarioStep] {
        guard case .sequence(let nodes) = node.value else {
            wrong(node.position, "\(name) is \(node.kind); expected a list of steps")
            return []
        }
        guard depth < Self.deepestNesting else {
            wrong(node.position, "steps nest deeper than \(Self.deepestNesting) levels; expected fewer")
            return []
        }
        if nodes.isEmpty { wrong(node.position, "\(name) is empty; expected at least one step") }
        return nodes.compactMap { step($0, depth: depth) }
    }

    private mutating func step(_ node: ScenarioNode, depth: Int) -> ScenarioStep? {
        guard case .mapping(let members) = node.value, let member = members.first else {
            let all = Self.steps.joined(separator: ", ")
            wrong(node.position, "a step is \(node.kind); expected a mapping with one of \(all)")
            return nil
        }
        guard members.count == 1 else {
            let others = members.dropFirst().map(\.key)
            let isTwo = others.contains { Self.steps.contains($0.text ?? "") }
            wrong(
                others[0].position,
                "a step has \(members.map(\.key.name).enumeration); expected "
                    + (isTwo ? "one of them" : "\(member.key.name) alone, with what belongs to it indented further"))
            return nil
        }
        return action(member.key, member.value, depth).map { ScenarioStep(position: member.key.position, action: $0) }
    }

    private mutating func action(_ key: ScenarioNode, _ node: ScenarioNode, _ depth: Int) -> ScenarioAction? {
        switch key.text ?? "" {
        case "subscribe": return subscribe(node)
        case "unsubscribe": return unsubscribe(node)
        case "trigger": return trigger(node)
        case "advance": return advance(node)
        case "wait_real": return span(node, "wait_real").map { .waitReal($0) }
        case "expect": return expect(node)
        case "request": return request(node)
        case "fault": return fault(node)
        case "clear_faults":
            checkNothing(node, "clear_faults")
            return .clearFaults
        case "retry":
            checkNothing(node, "retry")
            return .retry
        case "settings": return settings(node).map { .settings($0) }
        case "restart": return word(node, "restart", ["kill", "graceful"]).map { .restart(isKill: $0 == "kill") }
        case "repeat": return repeated(node, depth)
        case "parallel": return .parallel(steps(node, "parallel", depth: depth + 1))
        default:
            wrong(key.position, "there is no step \(unknown(key, among: Self.steps, of: Self.steps))")
            return nil
        }
    }

    /// Reports any content of a step that has none.
    private mutating func checkNothing(_ node: ScenarioNode, _ name: String) {
        if case .mapping(let members) = node.value {
            for member in members { wrong(member.key.position, "\(name) has no \(member.key.name); expected {}") }
        } else if !node.isNull {
            wrong(node.position, "\(name) is \(node.shown); expected {}")
        }
    }

    private mutating func repeated(_ node: ScenarioNode, _ depth: Int) -> ScenarioAction? {
        guard let members = mapping(node, "repeat", ["times", "steps"]) else { return nil }
        guard let times = members["times"], let steps = members["steps"] else {
            wrong(node.position, "repeat needs times and steps; expected both")
            return nil
        }
        let count = integer(times, "times", in: 1...10_000)
        let repeated = self.steps(steps, "steps", depth: depth + 1)
        return count.map { .repeated(times: $0, repeated) }
    }

    private mutating func subscribe(_ node: ScenarioNode) -> ScenarioAction? {
        guard let members = mapping(node, "subscribe", ["topic", "to", "path", "secret_key", "save"]) else {
            return nil
        }
        guard let topic = members["topic"], let to = members["to"] else {
            wrong(node.position, "subscribe needs topic and to; expected both")
            return nil
        }
        let topics = topics(topic)
        let path = members["path"].flatMap { text($0, "path") } ?? ""
        let secret = members["secret_key"].flatMap { text($0, "secret_key") }
        let receiver = receiver(named: to)
        let save = save(members["save"])
        return receiver.map { .subscribe(topics: topics, receiver: $0, path: path, secretKey: secret, save: save) }
    }

    private mutating func topics(_ node: ScenarioNode) -> [String] {
        guard case .sequence(let nodes) = node.value else { return topic(node).map { [$0] } ?? [] }
        if nodes.isEmpty { wrong(node.position, "topic is an empty list; expected at least one topic") }
        return nodes.compactMap { topic($0) }
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
        guard let topic = members["topic"] else {
            wrong(node.position, "trigger needs a topic; expected one of the \(Topic.allCases.count)")
            return nil
        }
        var body = JSONObject([("topic", .string(orNull: self.topic(topic)))])
        if let node = members["entity_id"] { body["entity_id"] = text(node, "entity_id").map { .string($0) } }
        let data = members["data"].flatMap { object($0, "data") }
        if let data { body["data"] = .object(data) }
        let values = members["set"].flatMap { object($0, "set") }
        if let values { body["set"] = .object(values) }
        check(data, values ?? JSONObject(), of: body["topic"]?.string, members)
        if let node = members["count"] { body["count"] = integer(node, "count", in: 1...10_000).map { .number($0) } }
        return .trigger(body, save: save(members["save"]))
    }

    /// Reports data that the simulator would refuse, so that it is reported before any step runs.
    private mutating func check(
        _ data: JSONObject?, _ values: JSONObject, of topic: String?, _ members: ScenarioMembers
    ) {
        guard let sample = topic.flatMap({ Topic(rawValue: $0) }).flatMap({ samples[$0] }),
            data != nil || members["data"] == nil
        else { return }
        do {
            _ = try EventData(data, setting: values, sample: sample)
        } catch {
            let paths = members["set"]?.keysByText ?? [:]
            for entry in error.entries {
                let place = entry.path.map { paths[$0] } ?? members.key("data")
                // A path is the key of its value, so its problem is reported as that of a key.
                if let place { report(entry.problem, ofKey: entry.field, place) }
            }
        }
    }

    /// Parses a duration, an instant, or `idle`.
    private mutating func advance(_ node: ScenarioNode) -> ScenarioAction? {
        guard let text = node.text, text != "idle" else {
            if node.text == "idle" { return .advance(JSONObject([("until", "idle")])) }
            wrong(node.position, "advance is \(node.kind); expected a duration, an instant or idle")
            return nil
        }
        if text.wholeMatch(of: /[0-9]{4}-.*/) != nil {
            return instant(node, "advance").map { _ in .advance(JSONObject([("to", .string(text))])) }
        }
        do {
            _ = try TimeSpan(text)
            return .advance(JSONObject([("by", .string(text))]))
        } catch let error as TimeSpanError where error.isTooLong {
            wrong(node.position, "advance is \(node.shown); expected at most \(TimeSpan.longest)")
        } catch {
            let hint = Suggestion.hint(
                for: text, among: ["idle"], orElse: "a duration such as 11m, an instant or idle")
            wrong(node.position, "advance is \(node.shown); \(hint)")
        }
        return nil
    }
}

extension ScenarioParser {
    /// The names of all steps, in the order in which they are listed.
    package static var stepNames: [String] { steps }
}
