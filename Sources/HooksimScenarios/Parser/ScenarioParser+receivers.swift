import StrictJSON
import Webhooks

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

    mutating func receiver(named node: ScenarioNode) -> String? {
        guard let name = text(node, "to") else { return nil }
        if receivers.contains(name) { return name }
        let known = receivers.sorted()
        let hint =
            known.isEmpty
            ? "receivers has none" : Suggestion.hint(for: name, among: known, orElse: known.joined(separator: ", "))
        wrong(node.position, "there is no receiver \(node.name); \(hint)")
        return nil
    }

    private mutating func receiver(_ name: String, _ node: ScenarioNode) -> ScenarioReceiver? {
        let keys = [
            "respond", "delay", "hang", "reset", "body", "responses", "secret_key", "url", "command", "path",
        ]
        guard let members = mapping(node, "receiver \(name)", keys) else { return nil }
        let kinds = ["respond", "hang", "reset", "url", "command"].filter { members[$0] != nil }
        guard kinds.count <= 1 else {
            wrong(node.position, "receiver \(name) has \(kinds.enumeration); expected one of them")
            return nil
        }
        checkCompanions(of: kinds.first, in: members)
        switch kinds.first {
        case "url"?:
            return members["url"].flatMap { endpoint($0) }.map { ScenarioReceiver(name: name, kind: .url($0)) }
        case "command"? where source == .request:
            wrong(
                members.key("command")?.position ?? node.position,
                "receiver \(name) has a command, and no request starts a program; expected respond, hang, reset or url, "
                    + "or that the file is run with hooksim replay")
            return nil
        case "command"?:
            let path = members["path"].flatMap { text($0, "path") } ?? "/"
            return members["command"].flatMap { text($0, "command") }.map {
                ScenarioReceiver(name: name, kind: .command($0, path: path))
            }
        default: return ScenarioReceiver(name: name, kind: .scripted(script(members)))
        }
    }

    /// Reports members that the kind of receiver would ignore.
    private mutating func checkCompanions(of kind: String?, in members: ScenarioMembers) {
        let allowed =
            switch kind {
            case "url"?: [] as [String]
            case "command"?: ["path"]
            default: ["delay", "body", "responses", "secret_key"]
            }
        for name in ["delay", "body", "responses", "secret_key", "path"] where !allowed.contains(name) {
            guard let key = members.key(name) else { continue }
            let kinds = name == "path" ? "command" : "respond, hang or reset"
            wrong(key.position, "\(name) does nothing here; expected it beside \(kinds)")
        }
    }

    private mutating func endpoint(_ node: ScenarioNode) -> String? {
        guard let text = text(node, "url") else { return nil }
        guard let scheme = text.firstRange(of: "://").map({ text[..<$0.lowerBound].lowercased() }) else {
            wrong(node.position, "url \(node.name) has no scheme; expected http:// or https://")
            return nil
        }
        guard ["http", "https"].contains(scheme) else {
            wrong(node.position, "url \(node.name) has another scheme; expected http:// or https://")
            return nil
        }
        do {
            return try EndpointURL(text).text
        } catch {
            wrong(node.position, "url \(node.name) \(error); expected an http or https URL")
            return nil
        }
    }

    private mutating func script(_ members: ScenarioMembers) -> ReceiverScript {
        var script = ReceiverScript(responses(members))
        if let node = members["responses"] { script.exceptions = exceptions(node) }
        script.secretKey = members["secret_key"].flatMap { text($0, "secret_key") }
        return script
    }

    private mutating func exceptions(_ node: ScenarioNode) -> [ReceiverScript.Exception] {
        guard case .sequence(let nodes) = node.value, !nodes.isEmpty else {
            wrong(node.position, "responses is \(node.kind); expected a list of responses for some events only")
            return []
        }
        return nodes.compactMap { exception($0) }
    }

    private mutating func exception(_ node: ScenarioNode) -> ReceiverScript.Exception? {
        guard let members = mapping(node, "an entry of responses", ["topic", "entity_id", "respond", "delay", "body"])
        else {
            return nil
        }
        guard members["respond"] != nil, members["topic"] != nil || members["entity_id"] != nil else {
            wrong(node.position, "an entry of responses needs a topic or an entity_id, and respond; expected both")
            return nil
        }
        return ReceiverScript.Exception(
            topic: members["topic"].flatMap { topic($0) },
            entityID: members["entity_id"].flatMap { entityID($0) }, responses: responses(members))
    }

    /// Returns the text that entity ids of events are compared with. Placeholders in it are not replaced, since no step
    /// has saved a value yet.
    private mutating func entityID(_ node: ScenarioNode) -> String? {
        guard let text = node.text, !node.isNull else { return text(node, "entity_id") }
        return text
    }

    private mutating func responses(_ members: ScenarioMembers) -> [ReceiverScript.Response] {
        let delay = members["delay"].flatMap { span($0, "delay") } ?? .zero
        let body = members["body"].flatMap { text($0, "body") } ?? ""
        return responses(of: members).map { response in
            var response = response
            if response.delay == .zero { response.delay = delay }
            if response.body.isEmpty { response.body = body }
            return response
        }
    }

    private mutating func responses(of members: ScenarioMembers) -> [ReceiverScript.Response] {
        if let node = members["hang"] {
            flag(node, "hang")
            return [.init(kind: .hang)]
        }
        if let node = members["reset"] {
            flag(node, "reset")
            return [.init(kind: .reset)]
        }
        guard let respond = members["respond"] else { return [.init(kind: .status(200))] }
        guard case .sequence(let nodes) = respond.value else { return response(respond).map { [$0] } ?? [] }
        if nodes.isEmpty { wrong(respond.position, "respond is an empty list; expected statuses, hang or reset") }
        return nodes.compactMap { response($0) }
    }

    /// Returns a response, which is a status, `hang`, `reset`, or a mapping with one of them as its `status`.
    private mutating func response(_ node: ScenarioNode) -> ReceiverScript.Response? {
        guard case .mapping = node.value else { return status(node).map { .init(kind: $0) } }
        guard let members = mapping(node, "a response", ["status", "delay", "body", "headers"]) else { return nil }
        guard let status = members["status"] else {
            wrong(node.position, "a response needs a status; expected a number, hang or reset")
            return nil
        }
        let delay = members["delay"].flatMap { span($0, "delay") } ?? .zero
        let body = members["body"].flatMap { text($0, "body") } ?? ""
        let headers = members["headers"].map { texts($0, "headers") } ?? [:]
        return self.status(status).map { .init(kind: $0, delay: delay, body: body, headers: headers) }
    }

    private mutating func status(_ node: ScenarioNode) -> ReceiverScript.Response.Kind? {
        switch node.text {
        case "hang"?, "timeout"?: return .hang
        case "reset"?: return .reset
        default:
            if let status = node.json.integer, (200...599).contains(status) { return .status(status) }
            let hint = Suggestion.hint(
                for: node.text ?? "", among: ["hang", "reset"], orElse: "a status from 200 to 599, hang or reset")
            wrong(node.position, "a response is \(node.shown); \(hint)")
            return nil
        }
    }
}
