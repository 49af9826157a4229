import HooksimClient
import NIOHTTP1
import StrictJSON
import Webhooks

/// Runs one scenario against one simulator, and reports the result of each step.
package actor ScenarioRunner {
    private let scenario: Scenario
    private let target: any ScenarioTarget
    private let onStep: @Sendable (ScenarioReport.Step) -> Void
    let session: ScenarioSession
    private let startScripted: ScriptedReceiverStarter
    private let startProgram: ProgramStarter?
    var receivers: ScenarioReceivers
    private var report: ScenarioReport
    private var faults: [JSON] = []
    /// The ids of the fault rules that steps have added and not cleared.
    private var faultIDs: [String] = []
    private var values = ScenarioValues()
    private var guest: Guest?
    /// The subscriptions that steps have created, among which `unsubscribe` searches.
    private var subscriptions: [(id: String, topic: String, receiver: String)] = []

    /// The scenario's own partner in a shared simulator, with the clock and the settings as they were before the scenario.
    private struct Guest {
        let partnerID: String
        let clientID: String
        let clock: JSON
        let settings: JSONObject
        let since = ContinuousClock.now
    }

    /// How long a step waits, in milliseconds of real time, for the deliveries that it caused; a receiver may hang for longer.
    private static let idleLimit = 250
    /// How often the removal of the scenario's own partner is tried if the store can't be written.
    private static let maxRemovals = 10

    /// - Parameters:
    ///   - startScripted: starts the receivers that respond as a script says.
    ///   - startProgram: starts the programs of `command:` receivers; if it is `nil`, such receivers are refused.
    package init(
        _ scenario: Scenario, name: String, target: any ScenarioTarget,
        startScripted: @escaping ScriptedReceiverStarter, startProgram: ProgramStarter?,
        onStep: @escaping @Sendable (ScenarioReport.Step) -> Void
    ) {
        self.scenario = scenario
        self.target = target
        self.onStep = onStep
        session = ScenarioSession(target: target)
        self.startScripted = startScripted
        self.startProgram = startProgram
        receivers = ScenarioReceivers(startScripted: startScripted, startProgram: startProgram)
        report = ScenarioReport(name: name)
    }

    /// - Parameter keepsGoing: whether the steps after a failed one run as well.
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
        // In a task of its own, because a task that is cancelled can't wait for anything.
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
        let partner = try await session.becomePartner()
        guest = Guest(partnerID: partner.partnerID, clientID: partner.clientID, clock: clock, settings: settings)
    }

    /// Removes the scenario's rows from a shared simulator, restores the settings, and sets the clock to where it would be
    /// without the scenario.
    private func leave() async {
        guard let guest else { return }
        // The partner is gone if the simulator was reset, and a reset restores clock and settings itself.
        guard await remove(guest) != 404 else { return }
        try? await clearFaults()
        let changed = await session.changedSettings
        let settings = guest.settings.members.filter { changed.contains($0.name) }
        _ = try? await session.control(.PATCH, "/settings", .object(JSONObject(settings)))
        var clock = guest.clock
        if clock["mode"] == "real", let then = try? Timestamp(iso8601: clock["now"]?.string ?? "") {
            let elapsed = (ContinuousClock.now - guest.since).milliseconds
            clock = ["mode": "real", "now": .string((then + .milliseconds(elapsed)).description)]
        }
        _ = try? await session.control(.PUT, "/clock", clock)
    }

    /// Removes the scenario's own partner, and returns the status of the response, or `nil` if there was none.
    private func remove(_ guest: Guest) async -> Int? {
        for _ in 0..<Self.maxRemovals {
            let removal = try? await session.response(.DELETE, "/partners/\(guest.partnerID)", nil)
            // A full disk may have space later, and no other client could remove this partner.
            guard removal?.status == 503 else { return removal?.status }
            try? await Task.sleep(for: .milliseconds(100))
        }
        return 503
    }

    /// Returns the body limited to the scenario's own client if the simulator is shared.
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
        // The waits of a scenario are exact unless it sets a jitter, because its steps depend on them.
        var settings = scenario.settings
        if settings["retry_jitter"] == nil { settings["retry_jitter"] = 0 }
        try await session.control(.PATCH, "/settings", .object(settings))
        var started = ScenarioReceivers(startScripted: startScripted, startProgram: startProgram)
        defer { receivers = started }
        for receiver in scenario.receivers {
            try await started.start(receiver)
            values["\(receiver.name).url"] = try started.url(of: receiver.name)
        }
        // Before the first step, so that no fault rule of the scenario applies to the runner's own token request.
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
        let elapsed = ContinuousClock.now - started
        record(
            .init(
                position: step.position, at: now, title: step.action.title, failure: failure,
                milliseconds: Int(elapsed.milliseconds)))
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

    /// Waits for the deliveries that a step caused, so that the next step finds them finished at any load of the machine.
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

    /// Removes the scenario's own fault rules; a shared simulator may have rules of other clients.
    private func clearFaults() async throws {
        for id in faultIDs { _ = try await session.response(.DELETE, "/faults/\(id)", nil) }
        faultIDs = []
    }

    /// Restarts the simulator, and sets its settings and fault rules again, which are in the memory of the process.
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

    /// Returns the attempts with the names of receivers instead of their URLs and without durations, which differ between runs.
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
