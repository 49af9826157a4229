import NIOCore
import Webhooks

/// The operation that restores the state at start: no earlier data is left, and the same requests lead to the same ids
/// again.
struct ResetSimulator: Sendable {
    let runner: OperationRunner
    let store: Store
    let memory: PartnerMemory
    let settings: SettingsState
    let random: CurrentRandomSource
    let faults: FaultRegistry
    let clock: SimulatedClock
    let scenarios: RunScenario
    /// The instant at which the clock was frozen at start; `nil` if it was real.
    let initialInstant: Timestamp?
    let defaultClient: DefaultClient

    /// Resets the simulator after the running scenario has ended. If it throws, nothing was changed, neither in the
    /// store nor in memory.
    ///
    /// - Parameter channel: the connection of the client. If it carries a step of the running scenario, the scenario
    ///   ends after the reset instead.
    func run(on channel: any Channel) async throws {
        let isStep = scenarios.isStep(channel)
        while !isStep {
            await scenarios.end(isAwaited: true)
            // Another scenario may have begun before the exclusive operation.
            let isReset = try await runner.runAlone {
                guard !scenarios.isRunning else { return false }
                try await reset()
                return true
            }
            if isReset { return }
        }
        try await runner.runAlone { try await reset() }
        await scenarios.end(isAwaited: false)
    }

    private func reset() async throws {
        let resets = runner.worker.resets + 1
        // Other operations use this source only after the rows are removed: the ids that it generates again must not
        // conflict with theirs.
        let source = random.source(afterResets: resets)
        let instant = SimulatedClock.now(restoredTo: initialInstant)
        let partner = defaultClient.make(random: source, at: instant)
        let record: PartnerRecord
        do {
            record = try await store.write(withoutSavepoint: true) {
                [records = memory.records, settings = settings.initial] session in
                try PartnerTable.removeAll(resets: resets, session)
                Sequences.restartTickets(session)
                try MetaTable.beginAgain(resets: resets, session)
                try records.writeReset(at: instant, settings: settings, session)
                return try PartnerTable.insertOrUpdate(partner, session)
            }
        } catch {
            memory.records.keepAll()
            throw error
        }
        // The clock comes first: an advance that waits for the worker must not move it in between.
        clock.restore(initialInstant)
        runner.worker.forgetAll(resets: resets)
        random.replace(by: source)
        runner.partners.replaceAll(with: record)
        settings.reset()
        faults.reset()
        memory.forgetAll()
        runner.worker.listeners.subscriptionsEnded()
        await runner.worker.finishClaim()
    }
}
