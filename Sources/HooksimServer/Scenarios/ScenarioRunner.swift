import HooksimClient
import NIOHTTP1
package import Webhooks

/// Runs one scenario against one simulator, and says what became of each step.
package actor ScenarioRunner {
    private let scenario: Scenario
    private let target: any ScenarioTarget
    private let onStep: @Sendable (ScenarioReport.Step) -> Void
    let session: ScenarioSession
    private let startProgram: ProgramStarter?
    var receivers: ScenarioReceivers
    private var report: ScenarioReport
    private var faults: [JSON] = []
    /// The rules that steps have added and not cleared.
    private var faultIDs: [String] = []
    private var values = ScenarioValues()
    private var guest: Guest?
    /// The subscriptions made by steps: what `unsubscribe` finds.
    private var subscriptions: [(id: String, topic: String, receiver: String)] = []

    /// The scenario's own partner in a simulator that it shares, and the clock and the settings as they were found.
    private struct Guest {
        let partnerID: String
        let clientID: String
        let clock: JSON
        let settings: JSONObject
        let since = ContinuousClock.now
    }

    /// How long to wait, in real time, for what a step set off; a receiver that hangs is not waited for.
    private static let idleLimit = 250
    /// How often the removal of the own partner is tried where the store can't be written.
    private static let maxRemovals = 50

    /// - Parameter startProgram: what starts the programs of `command:` receivers; without it there can be none.
    package init(
        _ scenario: Scenario, name: String, target: any ScenarioTarget, startProgram: ProgramStarter? = nil,
        onStep: @escaping @Sendable (ScenarioReport.Step) -> Void = { _ in }
    ) {
        self.scenario = scenario
        self.target = target
        self.onStep = onStep
        session = ScenarioSession(target: target)
        self.startProgram = startProgram
        receivers = ScenarioReceivers(startProgram: startProgram)
        report = ScenarioReport(name: name)
    }

    /// - Parameter keepsGoing: run the steps after a failed one as well.
    package func run(keepsGoing: Bool = false) async -> ScenarioReport {
        do {
            if await target.isShared { try await enter() }
            try await prepare()
            try await run(scenario.steps, keepsGoing: keepsGoing)
            report.attemptLog = try await attemptLog()
        } catch {
            let start = ScenarioNode.Position(line: 1, column: 1)
            record(.init(position: start, at: "", title: "run", failure: "\(error)", milliseconds: 0))
        }
        // Also when it was given up: a task that is cancelled could not wait for anything.
        await Task { await self.end() }.value
        return report
    }

    private func end() async {
        await leave()
        await receivers.stop()
        await target.stop()
    }

    private func enter() async throws {
        let clock = try await session.control(.GET, "/clock")
        let settings = try await session.control(.GET, "/settings").object ?? JSONObject()
        // A request that is given up may still create the partner, which then is left over: so its response is waited for.
        let partner = try await Task { [session] in try await session.becomePartner() }.value
        guest = Guest(partnerID: partner.partnerID, clientID: partner.clientID, clock: clock, settings: settings)
    }

    /// Removes what a scenario left in a simulator that it shared, gives its settings back, and sets its clock to where it
    /// would be.
    private func leave() async {
        guard let guest else { return }
        // A partner that has gone went with a reset, after which nothing of before is to be restored.
        guard let status = await remove(guest), status != 404 else { return }
        try? await clearFaults()
        let changed = await session.changedSettings
        let settings = guest.settings.members.filter { changed.contains($0.name) }
        _ = try? await session.control(.PATCH, "/settings", .object(JSONObject(settings)))
        var clock = guest.clock
        if clock["mode"] == "real", let then = try? Timestamp(iso8601: clock["now"]?.string ?? "") {
            let elapsed = (ContinuousClock.now - guest.since).components
            let milliseconds = elapsed.seconds * 1000 + elapsed.attoseconds / 1_000_000_000_000_000
            clock = ["mode": "real", "now": .string((then + .milliseconds(milliseconds)).description)]
        }
        _ = try? await session.control(.PUT, "/clock", clock)
    }

    /// Removes the scenario's own partner, and returns the status of the response; `nil` when there was none.
    private func remove(_ guest: Guest) async -> Int? {
        for _ in 0..<Self.maxRemovals {
            let removal = try? await session.response(.DELETE, "/partners/\(guest.partnerID)", nil)
            // A store that is full for a moment takes it later, and no other client knows of this partner.
            guard removal?.status == 503 else { return removal?.status }
            try? await Task.sleep(for: .milliseconds(100))
        }
        return 503
    }

    /// In a simulator that is shared, what concerns others is none of the scenario's business.
    private func scoped(_ body: JSONObject, under name: String? = nil) -> JSON {
        guard let guest else { return values.filling(.object(body)) }
        var body = body
        if let name {
            var condition = body[name]?.object ?? JSONObject()
            if condition["client_id"] == nil { condition["client_id"] = .string(guest.clientID) }
            body[name] = .object(condition)
        } else {
            body["client_id"] = .string(guest.clientID)
        }
        return values.filling(.object(body))
    }

    private func prepare() async throws {
        let clock: JSON = ["mode": "frozen", "now": .string(scenario.clock.description)]
        try await session.control(.PUT, "/clock", clock)
        // A script counts on its waits, so they are exact unless it asks for jitter.
        var settings = scenario.settings
        if settings["retry_jitter"] == nil { settings["retry_jitter"] = 0 }
        try await session.control(.PATCH, "/settings", .object(settings))
        var started = ScenarioReceivers(startProgram: startProgram)
        defer { receivers = started }
        for receiver in scenario.receivers {
            try await started.start(receiver)
            values["\(receiver.name).url"] = try started.url(of: receiver.name)
        }
        // At once, so that no fault of the scenario's own meets the call that only the runner needs.
        values.merge(try await session.authenticate())
    }

    private func run(_ steps: [ScenarioStep], keepsGoing: Bool) async throws {
        for (index, step) in steps.enumerated() {
            if case .repeated(let times, let inner) = step.action {
                for _ in 0..<times where report.isPassed || keepsGoing { try await run(inner, keepsGoing: keepsGoing) }
            } else {
                await run(step)
            }
            guard report.isPassed || keepsGoing else {
                report.skipped += steps.count - index - 1
                return
            }
        }
    }

    private func run(_ step: ScenarioStep) async {
        let started = ContinuousClock.now
        var failure: String?
        do {
            try await perform(step.action)
        } catch {
            failure = "\(error)"
        }
        let now = await session.now()
        let elapsed = (ContinuousClock.now - started).components
        let milliseconds = Int(elapsed.seconds) * 1000 + Int(elapsed.attoseconds / 1_000_000_000_000_000)
        record(
            .init(
                position: step.position, at: now, title: step.action.title, failure: failure, milliseconds: milliseconds
            ))
    }

    private func record(_ step: ScenarioReport.Step) {
        report.steps.append(step)
        onStep(step)
    }

    private func perform(_ action: ScenarioAction) async throws {
        switch action {
        case .subscribe(let topics, let receiver, let path, let secret, let save):
            for topic in topics { try await subscribe(topic, receiver, path, secret, save: save) }
        case .unsubscribe(let topic, let receiver, let id): try await unsubscribe(topic, receiver, id)
        case .trigger(let body, let save):
            let response = try await session.control(.POST, "/events", scoped(body))
            if let save { values.save(save, ids: (response["data"]?.array ?? []).compactMap { $0["id"]?.string }) }
            await waitUntilIdle()
        case .advance(let body):
            try await session.control(.POST, "/clock/advance", .object(body))
        case .waitReal(let span):
            do {
                try await Task.sleep(for: .milliseconds(span.milliseconds))
            } catch {
                throw StepFailure.ended
            }
        case .expect(let body): try await expect(body)
        case .request(let request):
            values.merge(try await check(request, values))
            await waitUntilIdle()
        case .fault(let rule):
            let rule = values.filling(rule)
            faults.append(rule)
            try await add(rule)
        case .clearFaults:
            faults = []
            try await clearFaults()
        case .retry:
            let response = try await session.request(.POST, "/webhooks/retry")
            guard response.status == 200 else {
                throw StepFailure("retry got \(response.status): \(response.message)")
            }
            await waitUntilIdle()
        case .settings(let patch): try await session.control(.PATCH, "/settings", .object(patch))
        case .restart(let isKill): try await restart(isKill: isKill)
        case .repeated(let times, let steps):
            for _ in 0..<times { for step in steps { try await perform(step.action) } }
        case .parallel(let steps):
            try await withThrowingTaskGroup(of: Void.self) { group in
                for step in steps { group.addTask { try await self.perform(step.action) } }
                try await group.waitForAll()
            }
        }
    }

    /// Gives what a step set off the time to happen, so that the next step finds it done whatever the machine's load.
    private func waitUntilIdle() async {
        _ = try? await session.control(.POST, "/clock/advance", ["by": "0s", "timeout_ms": .number(Self.idleLimit)])
    }

    private func subscribe(_ topic: String, _ receiver: String, _ path: String, _ secret: String?, save: String?)
        async throws
    {
        let url = try receivers.url(of: receiver) + values.filling(path)
        var body = JSONObject([("endpoint_url", .string(url)), ("topic", .string(topic))])
        if let secret { body["secret_key"] = .string(values.filling(secret)) }
        let response = try await session.request(.POST, "/webhooks", body: .object(body))
        guard response.status == 201, let id = response.json["id"]?.string else {
            throw StepFailure("subscribe got \(response.status): \(response.message)")
        }
        subscriptions.append((id, topic, receiver))
        if let save { values[save] = id }
    }

    private func unsubscribe(_ topic: String?, _ receiver: String?, _ id: String?) async throws {
        let id = id.map { values.filling($0) }
        let found = subscriptions.filter {
            (id ?? $0.id) == $0.id && (topic ?? $0.topic) == $0.topic && (receiver ?? $0.receiver) == $0.receiver
        }
        guard !found.isEmpty else { throw StepFailure("no subscription of this scenario matches") }
        for subscription in found {
            let response = try await session.request(.DELETE, "/webhooks/\(subscription.id)")
            guard response.status == 200 else {
                throw StepFailure("unsubscribe got \(response.status): \(response.message)")
            }
            subscriptions.removeAll { $0.id == subscription.id }
        }
    }

    private func expect(_ body: JSONObject) async throws {
        let response = try await session.response(.POST, "/expect", scoped(body, under: "where"))
        guard response.status != 200 else { return }
        throw StepFailure(await explain(body, response.json))
    }

    private func add(_ rule: JSON) async throws {
        let response = try await session.control(.POST, "/faults", rule)
        faultIDs += (response["data"]?.array ?? [response]).compactMap { $0["id"]?.string }
    }

    /// Only the scenario's own: somebody else may have others in a simulator that is shared.
    private func clearFaults() async throws {
        for id in faultIDs { _ = try await session.response(.DELETE, "/faults/\(id)", nil) }
        faultIDs = []
    }

    /// Settings and faults live in the process, so they are given to the new one as it starts.
    private func restart(isKill: Bool) async throws {
        let now = try await session.control(.GET, "/clock")["now"]?.string ?? ""
        let settings = try await session.control(.GET, "/settings").object ?? JSONObject()
        try await target.restart(
            ScenarioRestart(
                isKill: isKill, instant: try Timestamp(iso8601: now), settings: settings, faults: faults))
        let rules = try await session.control(.GET, "/faults")["data"]?.array ?? []
        faultIDs = rules.compactMap { $0["id"]?.string }
        await waitUntilIdle()
    }

    /// The attempts with receivers by name, so that no port and no duration is left in them.
    private func attemptLog() async throws -> [JSON] {
        let query = guest.map { "?client_id=\($0.clientID)" } ?? ""
        let rows = try await session.control(.GET, "/attempts\(query)")["data"]?.array ?? []
        return rows.map { row in
            guard var object = row.object else { return row }
            object["endpoint_url"] = object["endpoint_url"]?.string.map { .string(receivers.name(in: $0)) }
            object["duration_ms"] = nil
            return .object(object)
        }
    }
}
