import HooksimClient
import NIOHTTP1
import StrictJSON
import Webhooks

/// Runs one scenario against one simulator, and reports the result of each step.
package actor ScenarioRunner {
    private let scenario: Scenario
    let target: any ScenarioTarget
    private let onStep: @Sendable (ScenarioReport.Step) -> Void
    let session: ScenarioSession
    private let startScripted: ScriptedReceiverStarter
    private let startProgram: ProgramStarter?
    var receivers: ScenarioReceivers
    private var report: ScenarioReport
    /// The fault rules that steps have added and not cleared, as bodies of `POST /__admin/faults`.
    var faults: [JSON] = []
    /// The ids of the fault rules that steps have added and not cleared.
    var faultIDs: [String] = []
    /// The values that steps have saved.
    var values = ScenarioValues()
    private var guest: Guest?
    /// The subscriptions that steps have created, among which `unsubscribe` searches.
    var subscriptions: [(id: String, topic: String, receiver: String)] = []

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
    func scoped(_ body: JSONObject, under name: String? = nil) -> JSON {
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
            if let (times, inner) = step.action.repetition {
                for _ in 0..<times where report.isPassed || keepsGoing { try await run(inner, keepsGoing: keepsGoing) }
            } else {
                await run(step)
            }
            guard report.isPassed || keepsGoing else {
                report.skippedSteps += steps[(index + 1)...].map {
                    .init(position: $0.position, title: $0.action.title)
                }
                return
            }
        }
    }

    private func run(_ step: ScenarioStep) async {
        let started = ContinuousClock.now
        var failure: String?
        do {
            try await step.action.run(in: self)
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

    /// Waits for the deliveries that a step caused, so that the next step finds them finished at any load of the machine.
    func waitUntilIdle() async {
        _ = try? await session.control(.POST, "/clock/advance", ["by": "0s", "timeout_ms": .number(Self.idleLimit)])
    }

    /// Removes the scenario's own fault rules; a shared simulator may have rules of other clients.
    func clearFaults() async throws {
        for id in faultIDs { _ = try await session.response(.DELETE, "/faults/\(id)", nil) }
        faultIDs = []
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
