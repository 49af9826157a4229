import StrictJSON
import Synchronization
import Webhooks

@testable import HooksimServer

/// How operations are done and noted.
extension OverlapSimulation {
    /// Does an operation and notes what its response says of it.
    func perform(_ operation: SimulatedOperation, in world: SimulatedWorld) async {
        switch operation.kind {
        case .crash(let isInWrite, let yields):
            for _ in 0..<yields { await Task.yield() }
            let path = nextStorePath()
            guard let span = try? await world.copyFiles(to: path, isInWrite: isInWrite, clock: ticker) else { return }
            state.withLock { $0.crash = (path, span) }
            return
        case .resetOnFullDisk: await FullDisk.begin(world.parts.storage.store)
        default: break
        }
        guard let request = operation.request else { return }
        let response = try? await world.respond(to: request)
        if case .resetOnFullDisk = operation.kind { await FullDisk.end(world.parts.storage.store) }
        let tick = ticker.next()
        state.withLock { state in
            if request.path.hasPrefix("/__admin") == false {
                state.ledger.noteRequest(Span(start: state.start(of: operation.number) ?? 0, end: tick))
            }
            state.end(operation, at: tick, response)
        }
    }
}

extension OverlapSimulation.State {
    fileprivate func start(of number: Int) -> Int? { starts[number] }
}

// MARK: Beginnings

extension OverlapSimulation.State {
    mutating func begin(_ operation: SimulatedOperation, at tick: Int, knowing stored: StoredState?) {
        starts[operation.number] = tick
        let (number, span) = (operation.number, Span(start: tick))
        switch operation.kind {
        case .trigger(let topic, let client, _):
            ledger.begin(
                Fact(
                    kind: .event, number: number, client: client ?? SimulatedWorld.clientID,
                    text: Marker.entityID(number), topic: topic, span: span))
        case .token(let client, _, let partnerEnd):
            ledger.begin(Fact(kind: .token, number: number, client: client, partnerEnd: partnerEnd, span: span))
        case .subscribe(let topic, let token):
            ledger.begin(
                Fact(
                    kind: .subscription, number: number, client: token.client, text: Marker.endpointURL(number),
                    topic: topic, tokenEnd: token.span.end, partnerEnd: token.partnerEnd, span: span))
        case .createPartner(let client):
            ledger.begin(
                Fact(kind: .partner, number: number, client: client, text: Marker.secret(number), span: span))
        case .addFault(let effect):
            ledger.begin(Fact(kind: .fault, number: number, client: "", text: effect.description, span: span))
        case .retryFailed(let token):
            retries.append(
                .init(number: number, client: token.client, failed: Self.failed(token.client, stored), span: span))
        case .resetOnFullDisk(let target):
            fullDisk.append(span)
            if open.values.contains(where: { $0.operation.isScenario }) { hasScenarioMetFullDisk = true }
            switch target {
            case .all: beginRemoval(number, .all, span)
            case .client(let client): beginRemoval(number, .contents(client: client), span)
            }
        case .deleteSubscription(let id, _), .removeFault(let id):
            ledger.beginDeletion(of: id, Removal(number: number, scope: .one, span: span))
        case .removePartner(_, let client): beginRemoval(number, .partner(client: client), span)
        case .resetAll: beginRemoval(number, .all, span)
        case .resetClient(let client): beginRemoval(number, .contents(client: client), span)
        case .clearFaults: beginRemoval(number, .faults, span)
        case .setClock: clock.begin(number, .set, at: tick)
        case .advance(let advance):
            clock.begin(number, .advance, at: tick)
            if case .by(let milliseconds) = advance { advances[number] = milliseconds }
        case .changeSettings: settings.begin(number, .set, at: tick)
        case .scenario:
            if fullDisk.contains(where: \.isOpen) { hasScenarioMetFullDisk = true }
            clock.begin(number, .scenario, at: tick)
            settings.begin(number, .scenario, at: tick)
        case .resend, .expect, .list, .crash: break
        }
    }

    private mutating func beginRemoval(_ number: Int, _ scope: Removal.Scope, _ span: Span) {
        ledger.begin(Removal(number: number, scope: scope, span: span))
        guard scope == .all else { return }
        clock.begin(number, .reset, at: span.start)
        settings.begin(number, .reset, at: span.start)
    }

    /// The failed events of a client whose subscriptions are active, by row number, with their rounds.
    private static func failed(_ client: String, _ stored: StoredState?) -> [Int: Int] {
        guard let stored, let partner = stored.partners.first(where: { $0.clientID == client }) else { return [:] }
        let active = Set(stored.subscriptions.filter { $0.isActive }.map { $0.row })
        let failed = stored.events.filter {
            $0.partner == partner.row && $0.status == .failed && active.contains($0.subscription)
        }
        return Dictionary(uniqueKeysWithValues: failed.map { ($0.row, $0.round) })
    }
}

// MARK: Ends

extension OverlapSimulation.State {
    /// - Parameter response: `nil` when its client hung up.
    mutating func end(_ operation: SimulatedOperation, at tick: Int, _ response: SimulatedResponse?) {
        let number = operation.number
        let status = response.map { String($0.status) } ?? "no response"
        history.append(
            "\(starts[number] ?? 0)–\(tick) \(number) \(operation.kind)\(operation.gate == nil ? "" : ", half sent"): \(status)"
        )
        if let response { check(response, to: operation, at: tick) }
        let outcome: Outcome = response.map { $0.isSuccess ? .acknowledged : .refused } ?? .unknown
        let json = response?.json ?? .null
        switch operation.kind {
        case .trigger:
            let ids = (json["data"]?.array ?? []).compactMap { $0["id"]?.string }
            if outcome == .acknowledged {
                ledger.endTrigger(number, at: tick, ids: ids, outcome)
            } else {
                ledger.end(number, at: tick, outcome)
            }
        case .token:
            let token = json["access_token"]?.string ?? ""
            if outcome == .acknowledged, ledger.note(token: token) {
                violate(.tokensAreUnique, "operation \(number) got the token that an earlier one got")
            }
            ledger.end(number, at: tick, outcome) { $0.id = token }
        case .subscribe, .addFault: ledger.end(number, at: tick, outcome) { $0.id = json["id"]?.string ?? "" }
        case .createPartner: ledger.end(number, at: tick, outcome) { $0.id = json["partner_id"]?.string ?? "" }
        case .retryFailed:
            for index in retries.indices where retries[index].number == number {
                retries[index].outcome = outcome
                retries[index].span.end = tick
            }
        case .removePartner(_, let client):
            let removed = json["client_id"]?.string ?? client
            ledger.endRemoval(number, at: tick, outcome, scope: .partner(client: removed))
        case .deleteSubscription, .removeFault, .resetClient, .clearFaults:
            ledger.endRemoval(number, at: tick, outcome)
        case .resetAll, .resetOnFullDisk:
            ledger.endRemoval(number, at: tick, outcome)
            endReset(number, at: tick, outcome)
            for index in fullDisk.indices where fullDisk[index].start == starts[number] { fullDisk[index].end = tick }
        case .advance where response?.status == 409:
            // It was ended by what set the clock meanwhile, somewhere on its way.
            advances[number] = .some(nil)
            clock.end(number, at: tick, nil)
        case .setClock, .advance, .scenario, .changeSettings: endWrite(operation, at: tick, outcome, json)
        case .resend, .expect, .list, .crash: break
        }
    }

    private mutating func endReset(_ number: Int, at tick: Int, _ outcome: Outcome) {
        guard outcome != .refused else {
            clock.refuse(number)
            settings.refuse(number)
            return
        }
        clock.end(number, at: tick, ClockValue(isFrozen: true, now: initialClock))
        settings.end(number, at: tick, OverlapSimulation.initialSettings)
    }

    private mutating func endWrite(_ operation: SimulatedOperation, at tick: Int, _ outcome: Outcome, _ json: JSON) {
        let number = operation.number
        switch operation.kind {
        case .scenario:
            clock.end(number, at: tick, nil)
            settings.end(number, at: tick, nil)
        case .changeSettings:
            if outcome == .refused { settings.refuse(number) } else { settings.end(number, at: tick, json.description) }
        default:
            if outcome == .refused { clock.refuse(number) } else { clock.end(number, at: tick, ClockValue(json)) }
        }
    }

    /// A server error is one of ours, but for the store's that can't be written.
    private mutating func check(_ response: SimulatedResponse, to operation: SimulatedOperation, at tick: Int) {
        guard response.status >= 500 else { return }
        let span = Span(start: starts[operation.number] ?? 0, end: tick)
        if response.status == 503, fullDisk.contains(where: { $0.overlaps(span) }) { return }
        violate(
            .noServerError, "\(operation.number) \(operation.name): \(response.status) \(response.text.prefix(200))")
    }

    private mutating func violate(_ invariant: Violation.Invariant, _ detail: String) {
        if violation == nil, !Violation.ignored.contains(invariant) {
            violation = Violation(invariant: invariant, detail: detail)
        }
    }
}

extension ClockValue {
    /// Reads a response that shows the clock.
    init?(_ json: JSON) {
        guard let now = (json["now"]?.string).flatMap({ try? Timestamp(iso8601: $0) }) else { return nil }
        // The response to an advance has no mode, because only a frozen clock is advanced.
        isFrozen = json["mode"]?.string != "real"
        self.now = isFrozen ? now : nil
    }
}
