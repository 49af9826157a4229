import Crypto
import HTTPTypes
import Synchronization
import Webhooks

@testable import HooksimServer

/// Checks the invariants after each step, by the ledger of what was done and the rows that are there.
struct InvariantChecker {
    let simulation: OverlapSimulation
    /// The rows as they were after the step before.
    private(set) var last: StoredState?
    private var payloads: [EventKey: [UInt8]] = [:]
    private var highest = (partner: 0, subscription: 0, event: 0)
    /// Whether a rule may hold deliveries that its removal does not release at once: those of a window, and attempts that time out.
    private var mayHoldOtherwise = false
    private var isPartnerOfScenarioLeft = false

    init(_ simulation: OverlapSimulation) { self.simulation = simulation }

    /// - Parameter isThorough: whether the control API is asked for all lists as well.
    /// - Throws: a ``Violation``.
    mutating func check(isThorough: Bool) async throws {
        let world = simulation.world
        let isQuiet = simulation.state.withLock { $0.open.isEmpty } && world.sender.heldCount == 0
        if isQuiet { try await checkDue(world) }
        // What is read before the rows: what begins later than the ledger says can't be in them.
        let state = simulation.state.withLock { $0 }
        let stored = try await world.parts.storage.store.read { try StoredState($0) }
        try Violation.note { try checkRows(stored) }
        try Violation.note { try checkNumbers(stored) }
        try Violation.note { try checkPartners(stored, state) }
        try Violation.note { try checkSubscriptions(stored, state) }
        try Violation.note { try checkEvents(stored, state) }
        try Violation.note { try checkTokens(stored, state) }
        try Violation.note { try checkStarts(world.sender.takeStarts(), state) }
        try Violation.note { try checkRetries(stored, state) }
        last = stored
        simulation.state.withLock { $0.ledger.forgetPast() }
        if state.open.isEmpty { try await checkRegisters(world) }
        try await ControlChecks(simulation, world).run(state, stored, isQuiet: isQuiet, isThorough: isThorough)
    }

    mutating func noteCrash(frozenAt instant: Timestamp) {
        mayHoldOtherwise = false
        // A scenario that the crash interrupted can't remove its partner.
        isPartnerOfScenarioLeft = true
    }

    private static func due(in world: SimulatedWorld, at now: Timestamp) async throws -> [StoredState.Event] {
        try await world.parts.storage.store.read { try StoredState($0) }.events.filter {
            $0.dueAt.map { $0 <= now } ?? false
        }
    }

    /// Has the worker send all that is due and waits for it; then nothing that is due may be left.
    private mutating func checkDue(_ world: SimulatedWorld) async throws {
        let rules = simulation.state.withLock { state in
            state.ledger.facts(.fault).filter { state.ledger.presence($0) != .gone }.map { $0.text }
        }
        mayHoldOtherwise =
            mayHoldOtherwise
            || simulation.state.withLock { state in
                state.ledger.facts(.fault).contains { $0.text.contains("reorder") || $0.text.contains("timeout") }
            }
        guard !mayHoldOtherwise, !rules.contains(where: { $0.contains("delay") }) else { return }
        let worker = world.parts.delivery.worker
        try await Self.within(.seconds(60), "deliveries under way do not end") {
            // What is sent only now may have its response held back.
            await withTaskGroup { group in
                group.addTask { await worker.waitUntilIdle() }
                group.addTask { await world.sender.waitUntilHolding() }
                await group.next()
                group.cancelAll()
            }
        }
        let now = worker.clock.now
        guard worker.clock.mode == .frozen, world.sender.heldCount == 0 else { return }
        var due = try await Self.due(in: world, at: now)
        // The worker is woken shortly after a group of a bulk operation has been committed.
        for _ in 0..<100 where !due.isEmpty && world.sender.heldCount == 0 {
            try await Task.sleep(for: .milliseconds(20))
            due = try await Self.due(in: world, at: now)
        }
        guard due.isEmpty || world.sender.heldCount > 0 else {
            throw Violation(
                invariant: .dueIsSent, detail: "\(due.count) deliveries are due and not under way: \(due[0].entityID)")
        }
    }

    /// - Throws: a ``Violation`` when `body` takes longer.
    static func within(
        _ time: Duration, _ detail: String, _ body: @escaping @Sendable () async -> Void
    ) async throws {
        let isDone = await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                await body()
                return !Task.isCancelled
            }
            group.addTask {
                try? await Task.sleep(for: time)
                return false
            }
            defer { group.cancelAll() }
            return await group.next() ?? false
        }
        if !isDone { throw Violation(invariant: .ends, detail: "\(detail) within \(time)") }
    }
}

// MARK: Rows

extension InvariantChecker {
    private func checkRows(_ stored: StoredState) throws {
        let partners = Set(stored.partners.map { $0.row })
        let subscriptions = Dictionary(uniqueKeysWithValues: stored.subscriptions.map { ($0.row, $0) })
        for subscription in stored.subscriptions where !partners.contains(subscription.partner) {
            throw Violation(invariant: .rowsFit, detail: "\(subscription.endpointURL) has no partner")
        }
        for event in stored.events {
            guard let subscription = subscriptions[event.subscription], subscription.partner == event.partner else {
                throw Violation(invariant: .rowsFit, detail: "\(event.entityID) has no subscription of its partner")
            }
            guard (event.status == .pending) == (event.dueAt != nil) else {
                throw Violation(
                    invariant: .rowsFit, detail: "\(event.entityID) is \(event.status) and due \(event.dueAt as Any)")
            }
            if event.status == .pending, !subscription.isActive, !stored.isBeingCancelled(event) {
                throw Violation(
                    invariant: .rowsFit, detail: "\(event.entityID) waits though its subscription is not active")
            }
        }
        let events = Dictionary(uniqueKeysWithValues: stored.events.map { ($0.row, $0) })
        for attempt in stored.attempts {
            guard let event = events[attempt.event], event.partner == attempt.partner,
                subscriptions[event.subscription]?.endpointURL == attempt.endpointURL
            else {
                throw Violation(invariant: .rowsFit, detail: "an attempt at \(attempt.endpointURL) is of another event")
            }
        }
        for (_, partner) in stored.tokens where !partners.contains(partner) {
            throw Violation(invariant: .rowsFit, detail: "a token has no partner")
        }
        try checkCounts(stored)
    }

    private func checkCounts(_ stored: StoredState) throws {
        var counted: [StoredState.Kind: Int] = [:]
        for event in stored.events {
            counted[.init(partner: event.partner, topic: event.topic, status: event.status.number), default: 0] += 1
        }
        guard counted == stored.counts else {
            throw Violation(
                invariant: .countsAgree,
                detail: "counted \(stored.counts.values.sorted()), there are \(counted.values.sorted())")
        }
    }

    private mutating func checkNumbers(_ stored: StoredState) throws {
        let old = (
            partner: Set(last?.partners.map { $0.row } ?? []),
            subscription: Set(last?.subscriptions.map { $0.row } ?? []), event: Set(last?.events.map { $0.row } ?? [])
        )
        try checkNumbers(stored.partners.map { $0.row }, old.partner, &highest.partner, "partner")
        try checkNumbers(stored.subscriptions.map { $0.row }, old.subscription, &highest.subscription, "subscription")
        try checkNumbers(stored.events.map { $0.row }, old.event, &highest.event, "event")
    }

    private func checkNumbers(_ rows: [Int], _ old: Set<Int>, _ highest: inout Int, _ table: String) throws {
        for row in rows where !old.contains(row) && row <= highest {
            throw Violation(
                invariant: .rowsAreNotReused, detail: "\(table) \(row) is new, and \(highest) was there before")
        }
        highest = max(highest, rows.max() ?? 0)
    }
}

// MARK: Facts

extension InvariantChecker {
    private func expect(_ fact: Fact, isThere: Bool, in ledger: Ledger, _ name: String) throws {
        switch (ledger.presence(fact), isThere) {
        case (.present, false):
            throw Violation(
                invariant: .acknowledgedIsThere, detail: "\(name) of operation \(fact.number), client \(fact.client)")
        case (.gone, true):
            let invariant: Violation.Invariant = fact.outcome == .refused ? .refusedChangesNothing : .nothingOfBefore
            let cause = ledger.end(of: fact).map { ", removed by operation \($0.number)" } ?? ""
            throw Violation(
                invariant: invariant, detail: "\(name) of operation \(fact.number), client \(fact.client)\(cause)")
        default: break
        }
    }

    private mutating func checkPartners(_ stored: StoredState, _ state: OverlapSimulation.State) throws {
        let digests = Set(stored.partners.map { $0.secretDigest })
        let facts = state.ledger.facts(.partner)
        for fact in facts {
            let isThere = digests.contains(Array(Partner.digest(ofSecret: fact.text)))
            try expect(fact, isThere: isThere, in: state.ledger, "the partner")
        }
        if state.open.isEmpty {
            let known = Set(facts.map { $0.client } + [SimulatedWorld.clientID])
            let unknown = stored.partners.filter { !known.contains($0.clientID) }
            if unknown.isEmpty {
                isPartnerOfScenarioLeft = false
                simulation.state.withLock { $0.hasScenarioMetFullDisk = false }
            }
            if let partner = unknown.first, !isPartnerOfScenarioLeft, !state.hasScenarioMetFullDisk {
                throw Violation(
                    invariant: .nothingOfBefore, detail: "a scenario's partner \(partner.clientID) is left over")
            }
        }
        let there = Set(stored.partners.map { $0.clientID })
        for client in stored.recordedClients where !there.contains(client) && isGone(client, facts, state.ledger) {
            throw Violation(invariant: .nothingRecordedOfBefore, detail: "the removed partner \(client)")
        }
    }

    /// Whether all partners with a client id are gone, of those that the simulation created.
    private func isGone(_ client: String, _ facts: [Fact], _ ledger: Ledger) -> Bool {
        let named = facts.filter { $0.client == client }
        return !named.isEmpty && named.allSatisfy { ledger.presence($0) == .gone }
    }

    private func checkSubscriptions(_ stored: StoredState, _ state: OverlapSimulation.State) throws {
        let rows = Dictionary(grouping: stored.subscriptions) { $0.endpointURL }
        for fact in state.ledger.facts(.subscription) {
            let row = rows[fact.text]?.first
            // A deletion deactivates; what else removes takes the row away.
            var removed = fact
            removed.deletions = []
            try expect(removed, isThere: row != nil, in: state.ledger, "the subscription")
            let isDeleted = fact.deletions.contains { $0.outcome == .acknowledged && fact.beganBefore($0) }
            if let row, row.isActive, isDeleted {
                throw Violation(invariant: .nothingOfBefore, detail: "\(fact.text) was deleted and is active")
            }
        }
    }

    private mutating func checkEvents(_ stored: StoredState, _ state: OverlapSimulation.State) throws {
        let rows = Dictionary(grouping: stored.events) { $0.entityID }
        for fact in state.ledger.facts(.event) {
            let isThere = rows[fact.text]?.contains { fact.id.isEmpty || $0.id.description == fact.id } ?? false
            try expect(fact, isThere: isThere, in: state.ledger, "the event \(fact.text)")
        }
        for event in stored.events {
            if let known = payloads[event.key] {
                guard known == event.payload else {
                    throw Violation(invariant: .payloadsStay, detail: "the event \(event.entityID)")
                }
            } else {
                payloads[event.key] = event.payload
            }
        }
    }

    private func checkTokens(_ stored: StoredState, _ state: OverlapSimulation.State) throws {
        for fact in state.ledger.uniqueTokens {
            let isThere = stored.tokens[Array(SHA256.hash(data: Array(fact.id.utf8)))] != nil
            try expect(fact, isThere: isThere, in: state.ledger, "the token")
        }
    }

    /// No delivery is started once its event or its subscription is gone, or its subscription deleted.
    private func checkStarts(_ starts: [ScriptedSender.Start], _ state: OverlapSimulation.State) throws {
        guard !starts.isEmpty else { return }
        let ledger = state.ledger
        let facts = Dictionary(
            (ledger.facts(.subscription) + ledger.facts(.event)).map { ($0.text, $0) }, uniquingKeysWith: { $1 })
        for start in starts {
            for name in [start.endpointURL, start.entityID] {
                guard let fact = facts[name], let removal = ledger.end(of: fact), removal.span.end < start.tick else {
                    continue
                }
                throw Violation(
                    invariant: .nothingSentAfterwards,
                    detail: "attempt \(start.attempt) of \(start.entityID) to \(start.endpointURL), after operation "
                        + "\(removal.number) (\(removal.scope))")
            }
            guard let payload = payloads[EventKey(id: start.eventID, entityID: start.entityID)] else { continue }
            guard payload == start.payload else {
                throw Violation(invariant: .payloadsStay, detail: "sent for \(start.entityID)")
            }
        }
    }
}
