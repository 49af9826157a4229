import HTTPTypes
import StrictJSON
import Synchronization
import Webhooks

@testable import HooksimServer

/// The clock and the settings: where the operations left them, however they overlapped.
extension InvariantChecker {
    /// To be called while nothing is under way.
    func checkRegisters(_ world: SimulatedWorld) async throws {
        let settings = try await world.respond(to: SimulatedRequest(.get, "/__admin/settings")).json.description
        let clock = ClockValue(try await world.respond(to: SimulatedRequest(.get, "/__admin/clock")).json)
        let state = simulation.state.withLock { $0 }
        try Violation.note {
            if let possible = state.settings.possible, !possible.contains(settings) {
                throw Violation(
                    invariant: .settingsAreExact, detail: "they are \(settings), after \(Self.describe(state.settings))"
                )
            }
        }
        guard let clock else { throw Violation(invariant: .clockIsExact, detail: "the clock can't be read") }
        try Violation.note { try check(clock, state.clock) }
        simulation.state.withLock { state in
            state.settings.learn(settings)
            state.clock.learn(clock)
        }
    }

    private func check(_ clock: ClockValue, _ register: Register<ClockValue>) throws {
        guard let possible = register.possible else { return }
        let detail =
            "it is \(Self.describe(clock)), and was \(register.known.map(Self.describe) ?? "?"), "
            + "after \(Self.describe(register))"
        guard possible.contains(where: { $0.isFrozen == clock.isFrozen }) else {
            throw Violation(invariant: .clockIsExact, detail: detail)
        }
        let advances = register.writes.filter { $0.kind == .advance }
        let others = register.writes.filter { $0.kind != .advance }
        guard clock.isFrozen, advances.isEmpty || others.isEmpty else { return }
        if advances.isEmpty {
            guard possible.contains(where: { $0.now == nil || $0 == clock }) else {
                throw Violation(invariant: .clockIsExact, detail: detail)
            }
            return
        }
        guard let now = clock.now, let before = register.known?.now else { return }
        // By how much they advance in all, where each says by how much.
        let spans = advances.map { $0.span(of: simulation) }
        let isExact = spans.allSatisfy { $0 != nil }
        let total = before + .milliseconds(spans.reduce(0) { $0 + ($1 ?? 0) })
        guard isExact ? now == total : now >= before else {
            throw Violation(invariant: .clockIsExact, detail: detail)
        }
    }

    private static func describe(_ clock: ClockValue) -> String {
        clock.isFrozen ? "frozen at \(clock.now?.description ?? "?")" : "real"
    }

    private static func describe<Value>(_ register: Register<Value>) -> String {
        register.writes.map { "\($0.number) \($0.kind)" }.joined(separator: ", ")
    }
}

extension RegisterWrite {
    /// By how many milliseconds an advance moves the clock; `nil` where it does not say so.
    fileprivate func span(of simulation: OverlapSimulation) -> Int64? {
        simulation.state.withLock { $0.advances[number] } ?? nil
    }
}

/// What the control API lists, beside the rows.
struct ControlChecks {
    let simulation: OverlapSimulation
    let world: SimulatedWorld

    init(_ simulation: OverlapSimulation, _ world: SimulatedWorld) {
        self.simulation = simulation
        self.world = world
    }

    func run(
        _ state: OverlapSimulation.State, _ stored: StoredState, isQuiet: Bool, isThorough: Bool
    ) async throws {
        try await Violation.note { try await checkTokens(state.ledger) }
        guard isThorough else { return }
        try await Violation.note { try await checkFaults(state.ledger) }
        try await Violation.note { try await checkRequests(state.ledger, stored) }
        if isQuiet { try await Violation.note { try await checkLists() } }
    }

    private func json(_ path: String, token: String? = nil) async throws -> JSON {
        let start = simulation.ticker.next()
        let response = try await world.respond(to: SimulatedRequest(.get, path, token: token))
        if token != nil {
            let end = simulation.ticker.next()
            simulation.state.withLock { $0.ledger.noteRequest(Span(start: start, end: end)) }
        }
        guard response.status < 500 else {
            throw Violation(
                invariant: .noServerError, detail: "GET \(path): \(response.status) \(response.text.prefix(200))")
        }
        return response.json
    }

    /// A token that must be gone opens nothing, one that must be there its partner's list.
    private func checkTokens(_ ledger: Ledger) async throws {
        let tokens = ledger.uniqueTokens.filter { $0.outcome == .acknowledged }
        let probes = [
            tokens.last { ledger.presence($0) == .gone }, tokens.last { ledger.presence($0) == .present },
            tokens.first { ledger.presence($0) == .gone },
        ]
        for token in probes.compactMap({ $0 }) {
            let isRefused = try await json("/webhooks?limit=1", token: token.id)["data"] == nil
            guard isRefused == (ledger.presence(token) == .gone) else {
                throw Violation(
                    invariant: isRefused ? .acknowledgedIsThere : .tokensEnd,
                    detail: "the token of operation \(token.number), client \(token.client)")
            }
        }
    }

    private func checkFaults(_ ledger: Ledger) async throws {
        let listed = Set((try await json("/__admin/faults")["data"]?.array ?? []).compactMap { $0["times"]?.integer })
        for fact in ledger.facts(.fault) {
            let isListed = listed.contains(Marker.faultTimes(fact.number))
            let presence = ledger.presence(fact)
            if isListed ? presence == .gone : presence == .present {
                throw Violation(
                    invariant: .faultsAreExact,
                    detail: "the rule of operation \(fact.number) is \(isListed ? "there" : "not there")")
            }
        }
    }

    private func checkRequests(_ ledger: Ledger, _ stored: StoredState) async throws {
        let entries = try await json("/__admin/requests?limit=1000")["data"]?.array ?? []
        let clients = Dictionary(grouping: ledger.facts(.partner)) { $0.client }
        for client in Set(entries.compactMap { $0["client"]?.string }) {
            guard let facts = clients[client], facts.allSatisfy({ ledger.presence($0) == .gone }) else { continue }
            throw Violation(invariant: .nothingLoggedOfBefore, detail: "requests of the removed \(client)")
        }
        let resets = ledger.removals.filter { $0.scope == .all && $0.outcome == .acknowledged }
        guard let reset = resets.max(by: { $0.span.end < $1.span.end }) else { return }
        let ours = entries.filter { entry in
            entry["client"]?.string.map { $0 == SimulatedWorld.clientID || clients[$0] != nil } ?? false
        }
        // Those of the checks themselves among them.
        let after = simulation.state.withLock { state in
            state.ledger.apiRequests.count { $0.end > reset.span.start } + state.open.count
        }
        guard ours.count <= after else {
            throw Violation(
                invariant: .nothingLoggedOfBefore,
                detail: "it has \(ours.count) requests, and \(after) were sent since the reset")
        }
    }

    /// The counts of the metrics and of a client's pages are those of the rows.
    private func checkLists() async throws {
        while true {
            let before = try await statuses()
            let metrics = try await world.respond(to: SimulatedRequest(.get, "/__admin/metrics")).text
            var pages: [EventStatus: Int] = [:]
            for status in EventStatus.allCases {
                pages[status] = try await json("/__admin/events?status=\(status.rawValue)")["data"]?.array?.count ?? -1
            }
            // Attempts may be recorded at any moment, so the rows of one moment are what both are compared with.
            guard try await statuses() == before else { continue }
            for status in EventStatus.allCases {
                let count = before.all[status] ?? 0
                guard metrics.contains("hooksim_events{status=\"\(status.rawValue)\"} \(count)\n") else {
                    throw Violation(
                        invariant: .countsAgree, detail: "the metrics do not say that \(count) are \(status)")
                }
                let (page, own) = (pages[status] ?? 0, before.own[status] ?? 0)
                guard page == min(own, 100) else {
                    throw Violation(
                        invariant: .countsAgree, detail: "a page has \(page) of \(own) \(status) events")
                }
            }
            return
        }
    }

    /// How many events there are of each status: of all partners, and of the default client's.
    private struct Statuses: Equatable {
        var all: [EventStatus: Int] = [:]
        var own: [EventStatus: Int] = [:]
    }

    private func statuses() async throws -> Statuses {
        let stored = try await world.parts.storage.store.read { try StoredState($0) }
        let partner = stored.partners.first { $0.clientID == SimulatedWorld.clientID }
        var statuses = Statuses()
        for event in stored.events {
            statuses.all[event.status, default: 0] += 1
            if event.partner == partner?.row { statuses.own[event.status, default: 0] += 1 }
        }
        return statuses
    }
}
