extension ScenarioParser {
    mutating func receivers(_ node: ScenarioNode) -> [ScenarioReceiver] {
        guard case .mapping(let members) = node.value else {
            wrong(node.position, "receivers is \(node.kind); expected a mapping of names to receivers")
            return []
        }
        return members.compactMap { member in
            let name = member.key.text ?? ""
            receivers.insert(name)
            given.insert("\(name).url")
            return receiver(name, member.value)
        }
    }

    private mutating func receiver(_ name: String, _ node: ScenarioNode) -> ScenarioReceiver? {
        let keys = [
            "respond", "delay", "hang", "reset", "body", "answers", "secret_key", "url", "command", "path",
        ]
        guard let members = mapping(node, "receiver \(name)", keys) else { return nil }
        let kinds = ["respond", "hang", "reset", "url", "command"].filter { members[$0] != nil }
        guard kinds.count <= 1 else {
            wrong(node.position, "receiver \(name) has \(kinds.joined(separator: " and ")); expected one of them")
            return nil
        }
        if let url = members["url"] {
            guard let text = text(url, "url") else { return nil }
            do {
                return ScenarioReceiver(name: name, kind: .url(try EndpointURL(text).text))
            } catch {
                wrong(url.position, "url \(error); expected an http or https URL")
                return nil
            }
        }
        if let command = members["command"] {
            let path = members["path"].flatMap { text($0, "path") } ?? "/"
            guard let text = text(command, "command") else { return nil }
            return ScenarioReceiver(name: name, kind: .command(text, path: path))
        }
        return ScenarioReceiver(name: name, kind: .scripted(script(members)))
    }

    private mutating func script(_ members: [String: ScenarioNode]) -> ReceiverScript {
        var script = ReceiverScript(replies(members))
        if let node = members["answers"] { script.exceptions = exceptions(node) }
        script.secretKey = members["secret_key"].flatMap { text($0, "secret_key") }
        return script
    }

    private mutating func exceptions(_ node: ScenarioNode) -> [ReceiverScript.Exception] {
        guard case .sequence(let nodes) = node.value, !nodes.isEmpty else {
            wrong(node.position, "answers is \(node.kind); expected a list of replies for some events only")
            return []
        }
        return nodes.compactMap { node in
            guard let members = mapping(node, "an answer", ["topic", "entity_id", "respond", "delay", "body"]) else {
                return nil
            }
            guard members["respond"] != nil, members["topic"] != nil || members["entity_id"] != nil else {
                wrong(node.position, "an answer needs a topic or an entity_id, and respond; expected both")
                return nil
            }
            return ReceiverScript.Exception(
                topic: members["topic"].flatMap { topic($0) },
                entityID: members["entity_id"].flatMap { text($0, "entity_id") }, replies: replies(members))
        }
    }

    private mutating func replies(_ members: [String: ScenarioNode]) -> [ReceiverScript.Reply] {
        let delay = members["delay"].flatMap { span($0, "delay") } ?? .zero
        let body = members["body"].flatMap { text($0, "body") } ?? ""
        var replies: [ReceiverScript.Reply] = []
        switch members["respond"]?.value {
        case nil:
            replies = [.init(kind: members["hang"] != nil ? .hang : members["reset"] != nil ? .reset : .status(200))]
        case .sequence(let nodes)?:
            replies = nodes.compactMap { reply($0) }
            if nodes.isEmpty {
                wrong(members["respond"]!.position, "respond is an empty list; expected statuses, hang or reset")
            }
        default: replies = members["respond"].flatMap { reply($0) }.map { [$0] } ?? []
        }
        return replies.map { reply in
            var reply = reply
            if reply.delay == .zero { reply.delay = delay }
            if reply.body.isEmpty { reply.body = body }
            return reply
        }
    }

    /// A status, `hang`, `reset`, or a mapping with one of them as `status` and more beside it.
    private mutating func reply(_ node: ScenarioNode) -> ReceiverScript.Reply? {
        if case .mapping = node.value {
            guard let members = mapping(node, "a reply", ["status", "delay", "body", "headers"]) else { return nil }
            guard let status = members["status"] else {
                wrong(node.position, "a reply needs a status; expected a number, hang or reset")
                return nil
            }
            var reply = reply(status)
            reply?.delay = members["delay"].flatMap { span($0, "delay") } ?? .zero
            reply?.body = members["body"].flatMap { text($0, "body") } ?? ""
            reply?.headers = members["headers"].map { texts($0, "headers") } ?? [:]
            return reply
        }
        switch node.text {
        case "hang"?, "timeout"?: return .init(kind: .hang)
        case "reset"?: return .init(kind: .reset)
        default:
            guard let status = node.json.integer, (200...599).contains(status) else {
                wrong(node.position, "a reply is \(shown(node)); expected a status from 200 to 599, hang or reset")
                return nil
            }
            return .init(kind: .status(status))
        }
    }

    /// A mapping of names to texts.
    mutating func texts(_ node: ScenarioNode, _ name: String) -> [String: String] {
        guard case .mapping(let members) = node.value else {
            wrong(node.position, "\(name) is \(node.kind); expected a mapping of names to texts")
            return [:]
        }
        var found: [String: String] = [:]
        for member in members { found[member.key.text ?? ""] = text(member.value, "\(name).\(member.key.text ?? "")") }
        return found
    }

    mutating func receiver(named node: ScenarioNode) -> String? {
        guard let name = text(node, "to") else { return nil }
        guard receivers.contains(name) else {
            let hint = Suggestion.nearest(to: name, among: receivers.sorted()).map { "did you mean \($0)?" }
            wrong(
                node.position,
                "there is no receiver \(name); \(hint ?? (receivers.isEmpty ? "receivers has none" : "expected \(receivers.sorted().joined(separator: ", "))"))"
            )
            return nil
        }
        return name
    }
}
