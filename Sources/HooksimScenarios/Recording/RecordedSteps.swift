import StrictJSON
import Webhooks

/// Converts recorded actions into the steps of a scenario.
struct RecordedSteps {
    var receivers = RecordedReceivers()
    private(set) var seed: UInt64?
    /// The instant of the frozen clock before the first step.
    private(set) var start = Timestamp(milliseconds: 0)
    /// The settings in force before the first step.
    private(set) var settings = JSONObject()
    /// Notes about the requests that have no step.
    var notes: [String] = []

    var steps: [Step] = []
    private var now = Timestamp(milliseconds: 0)
    var names = RecordedNames()
    /// The ids of the fault rules that were removed individually, which later steps need.
    private let removedRules: Set<String>
    private var hasRules = false

    struct Step {
        let kind: String
        var body: JSON
        /// The values that the step can save: their names, and their paths in the response to a `request`.
        var saves: [(name: String, path: String)] = []
        /// Whether the step is omitted unless a later step uses a value that it saves.
        var isOptional = false
    }

    /// The time between two requests for which no step advances the clock.
    private static let gap = TimeSpan.seconds(1)

    init(_ actions: [RecordedAction]) {
        removedRules = Set(actions.compactMap(\.removedRule))
        let opening = actions.prefix { $0.isPreparation }
        prepare(opening)
        for action in actions.dropFirst(opening.count) { add(action) }
    }

    /// The steps, with a `save` only if a later step uses the saved value.
    var finished: [JSON] {
        steps.compactMap { step in
            let saves = step.saves.filter { names.isUsed($0.name) }
            guard !saves.isEmpty || !step.isOptional else { return nil }
            guard var body = step.body.object, !saves.isEmpty else { return Self.json(step.kind, step.body) }
            if step.kind == RequestStep.name {
                body["save"] = .object(JSONObject(saves.map { ($0.name, .string($0.path)) }))
            } else {
                body["save"] = .string(saves[0].name)
            }
            return Self.json(step.kind, .object(body))
        }
    }

    static func json(_ kind: String, _ body: JSON) -> JSON { .object(JSONObject([(kind, body)])) }

    /// Adds a step that advances the clock to the end of the recording, where it waits until all due attempts have
    /// finished.
    mutating func finish(at instant: Timestamp) {
        steps.append(Step(kind: AdvanceStep.name, body: .string(max(instant, now).description)))
    }

    private mutating func advance(to instant: Timestamp) {
        guard instant > now else { return }
        now = instant
        steps.append(Step(kind: AdvanceStep.name, body: .string(instant.description)))
    }

    // MARK: Before the first step

    /// Applies the settings and the clock of the actions before the first other one.
    private mutating func prepare(_ actions: some Sequence<RecordedAction>) {
        for action in actions {
            now = action.at
            switch action.kind {
            case .start(let seed, let settings, _):
                self.seed = seed
                self.settings = settings
            case .request(let request) where request.operation == .updateSettings: change(request.body)
            case .request(let request):
                now = request.body?["now"]?.string.flatMap { try? Timestamp(iso8601: $0) } ?? now
            case .stop: break
            }
        }
        start = now
        let usual = Settings().json
        // Settings with their default in a scenario are omitted; that of `retry_jitter` is 0 there.
        settings = JSONObject(
            settings.members.filter { $0.name == "retry_jitter" ? $0.value != 0 : usual[$0.name] != $0.value })
    }

    private mutating func change(_ patch: JSON?) {
        for member in patch?.object?.members ?? [] { settings[member.name] = member.value }
    }

    // MARK: Actions

    private mutating func add(_ action: RecordedAction) {
        switch action.kind {
        case .stop: break
        case .start(_, let settings, let ending):
            advance(to: action.at)
            names.beginRun()
            // Fault rules do not survive the process.
            if hasRules { steps.append(Step(kind: ClearFaultsStep.name, body: [:])) }
            hasRules = false
            steps.append(Step(kind: RestartStep.name, body: .string((ending ?? .kill).rawValue)))
            steps.append(Step(kind: SettingsStep.name, body: .object(settings)))
        case .request(let request):
            // An advance of a frozen clock is exact and must be repeated; a running clock moves a little between any
            // two requests.
            if request.operation == .advanceClock || action.at >= now + Self.gap { advance(to: action.at) }
            add(request)
        }
    }

    private mutating func add(_ request: RecordedRequest) {
        switch (request.operation, request.isSuccess) {
        case (.advanceClock, _): break  // The action's time says it.
        case (.setClock, true): setClock(request)
        case (.triggerEvent, true): trigger(request)
        case (.updateSettings, true): steps.append(Step(kind: SettingsStep.name, body: request.body ?? [:]))
        case (.addFault, true): fault(request)
        case (.clearFaults, true):
            if hasRules { steps.append(Step(kind: ClearFaultsStep.name, body: [:])) }
            hasRules = false
        case (.createSubscription, true): subscribe(request)
        case (.deleteSubscription, true):
            let id = (request.object ?? "").lowercased()
            steps.append(Step(kind: UnsubscribeStep.name, body: ["id": .string(names.reference(to: id))]))
        case (.retryFailedEvents, true): steps.append(Step(kind: RetryStep.name, body: [:]))
        // The event does not belong to this recording, for example because another partner owns it.
        case (.resendEvent, _) where !names.knowsAny(in: request.path): break
        default: sendAgain(request)
        }
    }

    /// Adds a step that sets the clock. The clock of a scenario is always frozen, so only the instant matters.
    private mutating func setClock(_ request: RecordedRequest) {
        guard let text = request.body?["now"]?.string, let instant = try? Timestamp(iso8601: text) else { return }
        now = instant
        let body: JSON = ["mode": "frozen", "now": .string(instant.description)]
        steps.append(
            Step(
                kind: RequestStep.name,
                body: ["method": .string(request.method), "path": .string(request.path), "body": body])
        )
    }

    private mutating func trigger(_ request: RecordedRequest) {
        var body = (request.body ?? [:]).withoutPlaceholders.object ?? JSONObject()
        body["client_id"] = nil
        if body["entity_id"] == nil, let entityID = request.entityID {
            body["entity_id"] = .string(entityID.withoutPlaceholders)
        }
        let name = names.name("event", request.created)
        steps.append(Step(kind: TriggerStep.name, body: .object(body), saves: name.map { [($0, "")] } ?? []))
    }

    private mutating func subscribe(_ request: RecordedRequest) {
        guard let url = request.body?["endpoint_url"]?.string, let topic = request.body?["topic"] else { return }
        let (receiver, path) = receivers.target(of: url)
        var body = JSONObject([("topic", topic), ("to", .string(receiver))])
        if !path.isEmpty { body["path"] = .string(path.withoutPlaceholders) }
        if let secret = request.body?["secret_key"]?.string { body["secret_key"] = .string(names.secret(secret)) }
        let name = names.name("subscription", request.created)
        steps.append(Step(kind: SubscribeStep.name, body: .object(body), saves: name.map { [($0, "")] } ?? []))
    }

    private mutating func fault(_ request: RecordedRequest) {
        hasRules = true
        let body = withReceivers(request.body ?? [:])
        guard request.created.contains(where: removedRules.contains) else {
            steps.append(Step(kind: FaultStep.name, body: body["preset"] ?? body))
            return
        }
        var saves: [(name: String, path: String)] = []
        for (index, id) in request.created.enumerated() {
            guard let name = names.name("fault", [id]) else { continue }
            saves.append((name, request.created.count == 1 ? "id" : "data.\(index).id"))
        }
        let added: JSON = [
            "method": .string(request.method), "path": .string(request.path), "body": body,
        ]
        steps.append(Step(kind: RequestStep.name, body: added, saves: saves))
    }
}

extension RecordedAction {
    /// Whether the action only configures the simulator before its first request.
    fileprivate var isPreparation: Bool {
        switch kind {
        case .start(_, _, let ending): ending == nil
        case .stop: false
        case .request(let request):
            request.isSuccess && (request.operation == .updateSettings || request.operation == .setClock)
        }
    }

    /// The id of the fault rule that the action removed; `nil` if it removed none or all.
    fileprivate var removedRule: String? {
        guard case .request(let request) = kind, request.operation == .removeFault, request.isSuccess else {
            return nil
        }
        return request.object
    }
}
