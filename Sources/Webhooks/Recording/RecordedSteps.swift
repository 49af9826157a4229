/// Turns acts into the steps of a scenario.
struct RecordedSteps {
    private(set) var receivers = RecordedReceivers()
    private(set) var seed: UInt64?
    /// Where the clock stands before the first step.
    private(set) var start = Timestamp(milliseconds: 0)
    /// What is in force before the first step.
    private(set) var settings = JSONObject()
    /// What could not be written as a step, in words.
    private(set) var notes: [String] = []

    private var steps: [Step] = []
    private var now = Timestamp(milliseconds: 0)
    private var names = RecordedNames()
    /// Fault rules that were removed one by one, so that their ids are needed.
    private let removedRules: Set<String>
    private var hasRules = false

    private struct Step {
        let kind: String
        var body: JSON
        /// What can be saved of it, under which names, and where it stands in the answer of a `call`.
        var saves: [(name: String, path: String)] = []
        /// Not worth a step unless what it saves is used.
        var isOptional = false
    }

    /// What passes unnoticed between two calls.
    private static let gap = TimeSpan.seconds(1)

    init(_ acts: [RecordedAct]) {
        removedRules = Set(acts.compactMap(\.removedRule))
        let opening = acts.prefix { $0.isPreparation }
        prepare(opening)
        for act in acts.dropFirst(opening.count) { add(act) }
    }

    /// The steps, with a `save` only where what is saved is used.
    var finished: [JSON] {
        steps.compactMap { step in
            let saves = step.saves.filter { names.isUsed($0.name) }
            guard !saves.isEmpty || !step.isOptional else { return nil }
            guard var body = step.body.object, !saves.isEmpty else { return Self.json(step.kind, step.body) }
            if step.kind == "call" {
                body["save"] = .object(JSONObject(saves.map { ($0.name, .string($0.path)) }))
            } else {
                body["save"] = .string(saves[0].name)
            }
            return Self.json(step.kind, .object(body))
        }
    }

    private static func json(_ kind: String, _ body: JSON) -> JSON { .object(JSONObject([(kind, body)])) }

    /// Moves on to the end, and waits there for all that is due, however long it really takes.
    mutating func finish(at instant: Timestamp) {
        steps.append(Step(kind: "advance", body: .string(max(instant, now).description)))
    }

    private mutating func advance(to instant: Timestamp) {
        guard instant > now else { return }
        now = instant
        steps.append(Step(kind: "advance", body: .string(instant.description)))
    }

    // MARK: What comes before the first step

    /// Settings and the clock, as long as nothing else was done.
    private mutating func prepare(_ acts: some Sequence<RecordedAct>) {
        for act in acts {
            now = act.at
            switch act.kind {
            case .start(let seed, let settings, _):
                self.seed = seed
                self.settings = settings
            case .call(let call) where call.path == "/__admin/settings": change(call.body)
            case .call(let call): now = call.body?["now"]?.string.flatMap { try? Timestamp(iso8601: $0) } ?? now
            case .stop: break
            }
        }
        start = now
        let usual = Settings().json
        // What a scenario has by itself is left out; its waits are exact unless it asks for jitter.
        settings = JSONObject(
            settings.members.filter { $0.name == "retry_jitter" ? $0.value != 0 : usual[$0.name] != $0.value })
    }

    private mutating func change(_ patch: JSON?) {
        for member in patch?.object?.members ?? [] { settings[member.name] = member.value }
    }

    // MARK: Acts

    private mutating func add(_ act: RecordedAct) {
        switch act.kind {
        case .stop: break
        case .start(_, let settings, let ending):
            advance(to: act.at)
            // The rules of the old process are gone with it.
            if hasRules { steps.append(Step(kind: "clear_faults", body: [:])) }
            hasRules = false
            steps.append(Step(kind: "restart", body: .string((ending ?? .kill).rawValue)))
            steps.append(Step(kind: "settings", body: .object(settings)))
        case .call(let call):
            // Moved by hand, the clock is where somebody wanted it; running, it has moved a little between any two calls.
            if call.path == "/__admin/clock/advance" || act.at >= now + Self.gap { advance(to: act.at) }
            add(call)
        }
    }

    private mutating func add(_ call: RecordedCall) {
        switch (call.method, call.path, call.isSuccess) {
        case ("POST", "/__admin/clock/advance", _): break  // The act's time says it.
        case ("PUT", "/__admin/clock", true): setClock(call.body?["now"]?.string)
        case ("POST", "/__admin/events", true): trigger(call)
        case ("PATCH", "/__admin/settings", true): steps.append(Step(kind: "settings", body: call.body ?? [:]))
        case ("POST", "/__admin/faults", true): fault(call)
        case ("DELETE", "/__admin/faults", true):
            if hasRules { steps.append(Step(kind: "clear_faults", body: [:])) }
            hasRules = false
        case ("POST", "/webhooks", true): subscribe(call)
        case ("DELETE", let path, true) where path.hasPrefix("/webhooks/"):
            let id = String(path.dropFirst("/webhooks/".count)).lowercased()
            steps.append(Step(kind: "unsubscribe", body: ["id": .string(names.reference(to: id))]))
        case ("POST", "/webhooks/retry", true): steps.append(Step(kind: "retry", body: [:]))
        // Nothing of this recording, as when another partner's event is sent once more.
        case (_, let path, _) where path.hasPrefix("/__admin/events/") && !names.knowsAny(in: path): break
        default: self.call(call)
        }
    }

    /// A scenario's clock always stands still, so only where it was put counts.
    private mutating func setClock(_ text: String?) {
        guard let text, let instant = try? Timestamp(iso8601: text) else { return }
        now = instant
        let body: JSON = ["mode": "frozen", "now": .string(instant.description)]
        steps.append(Step(kind: "call", body: ["method": "PUT", "path": "/__admin/clock", "body": body]))
    }

    private mutating func trigger(_ call: RecordedCall) {
        var body = (call.body ?? [:]).withoutPlaceholders.object ?? JSONObject()
        body["client_id"] = nil
        if body["entity_id"] == nil, let entityID = call.entityID {
            body["entity_id"] = .string(entityID.withoutPlaceholders)
        }
        let name = names.name("event", call.made)
        steps.append(Step(kind: "trigger", body: .object(body), saves: name.map { [($0, "")] } ?? []))
    }

    private mutating func subscribe(_ call: RecordedCall) {
        guard let url = call.body?["endpoint_url"]?.string, let topic = call.body?["topic"] else { return }
        let (receiver, path) = receivers.target(of: url)
        var body = JSONObject([("topic", topic), ("to", .string(receiver))])
        if !path.isEmpty { body["path"] = .string(path.withoutPlaceholders) }
        if let secret = call.body?["secret_key"]?.string { body["secret_key"] = .string(names.secret(secret)) }
        let name = names.name("subscription", call.made)
        steps.append(Step(kind: "subscribe", body: .object(body), saves: name.map { [($0, "")] } ?? []))
    }

    private mutating func fault(_ call: RecordedCall) {
        hasRules = true
        let body = withReceivers(call.body ?? [:])
        guard call.made.contains(where: removedRules.contains) else {
            steps.append(Step(kind: "fault", body: body["preset"] ?? body))
            return
        }
        var saves: [(name: String, path: String)] = []
        for (index, id) in call.made.enumerated() {
            guard let name = names.name("fault", [id]) else { continue }
            saves.append((name, call.made.count == 1 ? "id" : "data.\(index).id"))
        }
        let added: JSON = ["method": "POST", "path": "/__admin/faults", "body": body]
        steps.append(Step(kind: "call", body: added, saves: saves))
    }

    /// A call as it was, with what it must be answered.
    private mutating func call(_ call: RecordedCall) {
        guard let status = call.status else {
            return leaveOut(call, because: "got no answer, which no step can expect")
        }
        guard !call.isBodyLost else {
            return leaveOut(call, because: "had a body that no step can send")
        }
        var body = JSONObject([("method", .string(call.method)), ("path", .string(path(of: call)))])
        if call.path == "/oauth/token" {
            body["auth"] = false
            body["body"] = tokenRequest(call)
        } else {
            authorize(call, in: &body)
            // What was refused for its type would be sent as another one.
            if let sent = call.body, status != 415 { body["body"] = withReceivers(sent) }
        }
        body["status"] = .number(status)
        let name = call.path == "/oauth/token" ? names.name("token", call.made) : nil
        let isOptional = call.path == "/oauth/token" && call.isSuccess && call.fault == nil
        let step = Step(
            kind: "call", body: .object(body), saves: name.map { [($0, "access_token")] } ?? [], isOptional: isOptional)
        guard call.times > 1 else { return steps.append(step) }
        steps.append(
            Step(
                kind: "repeat",
                body: ["times": .number(call.times), "steps": [Self.json(step.kind, step.body)]]))
    }

    private mutating func leaveOut(_ call: RecordedCall, because reason: String) {
        let note = "\(call.method) \(call.path) \(reason); it is left out."
        // The same call may have been made a thousand times.
        if !notes.contains(note) { notes.append(note) }
    }

    /// The runner has a token of its own; another one matters only where it was refused.
    private mutating func authorize(_ call: RecordedCall, in body: inout JSONObject) {
        switch call.authorization {
        case .none: if !call.isControl { body["auth"] = false }
        case .token(let token) where [401, 403].contains(call.status):
            let reference = names.knows(token) ? names.reference(to: token) : "unknown-token"
            body["headers"] = ["Authorization": .string("Bearer \(reference)")]
        case .token: break
        }
    }

    private func tokenRequest(_ call: RecordedCall) -> JSON {
        var body = (call.body ?? [:]).withoutPlaceholders.object ?? JSONObject()
        body["client_id"] = "${client_id}"
        body["client_secret"] = call.status == 403 ? "wrong-secret" : "${client_secret}"
        return .object(body)
    }

    private mutating func path(of call: RecordedCall) -> String {
        let path = call.path.split(separator: "/", omittingEmptySubsequences: false).map { segment in
            names.knows(String(segment)) ? names.reference(to: String(segment)) : String(segment).withoutPlaceholders
        }.joined(separator: "/")
        guard !call.query.isEmpty else { return path }
        let query = call.query.split(separator: "&", omittingEmptySubsequences: false).map { pair in
            guard let equals = pair.firstIndex(of: "="), ["after", "before"].contains(pair[..<equals]),
                let text = try? FormFields.decode(pair[pair.index(after: equals)...].utf8),
                let row = Cursor(text)?.row.description, names.knows(row)
            else { return String(pair).withoutPlaceholders }
            return "\(pair[...equals])\(names.reference(to: row, part: "cursor"))"
        }
        return path + "?" + query.joined(separator: "&")
    }

    /// Endpoints in the terms of the scenario and secrets as placeholders, wherever they stand in a body.
    private mutating func withReceivers(_ value: JSON) -> JSON {
        switch value {
        case .object(let object):
            return .object(JSONObject(object.members.map { ($0.name, withReceivers($0.value, named: $0.name)) }))
        case .array(let elements): return .array(elements.map { withReceivers($0) })
        default: return value.withoutPlaceholders
        }
    }

    private mutating func withReceivers(_ value: JSON, named name: String) -> JSON {
        switch (name, value) {
        case ("endpoint_url", .string(let url)) where receivers.endpoints.contains(url):
            let (receiver, path) = receivers.target(of: url)
            return .string("${\(receiver).url}\(path.withoutPlaceholders)")
        case ("endpoint_url", .string(let url)):
            return .string(RecordedReceivers.withoutSecrets(url).withoutPlaceholders)
        case ("secret_key", .string(let secret)): return .string(names.secret(secret))
        default: return withReceivers(value)
        }
    }
}

extension RecordedAct {
    /// Whether it only says how the simulator is to be at first.
    fileprivate var isPreparation: Bool {
        switch kind {
        case .start(_, _, let ending): ending == nil
        case .stop: false
        case .call(let call):
            call.isSuccess
                && (call.method == "PATCH" && call.path == "/__admin/settings"
                    || call.method == "PUT" && call.path == "/__admin/clock")
        }
    }

    /// The id of the one fault rule that it removed.
    fileprivate var removedRule: String? {
        guard case .call(let call) = kind, call.method == "DELETE", call.isSuccess else { return nil }
        let prefix = "/__admin/faults/"
        return call.path.hasPrefix(prefix) ? String(call.path.dropFirst(prefix.count)) : nil
    }
}
