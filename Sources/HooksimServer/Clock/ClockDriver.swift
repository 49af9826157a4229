import Webhooks

/// Moves the frozen clock from one instant at which something falls due to the next, and waits at each until all has settled.
actor ClockDriver {
    struct Advance: Sendable {
        let now: Timestamp
        /// How many attempts were recorded meanwhile.
        let attempts: Int
        /// How many events still wait.
        let pending: Int
        /// Whether all that was due had settled when the time limit was up.
        let isSettled: Bool
    }

    private let clock: SimulatedClock
    private let worker: DeliveryWorker
    private let store: Store
    /// Two callers at once would move the clock past each other's deliveries; the second waits its turn.
    private var last: Task<Advance, any Error>?

    init(clock: SimulatedClock, worker: DeliveryWorker, store: Store) {
        self.clock = clock
        self.worker = worker
        self.store = store
    }

    /// - Parameters:
    ///   - target: where to stop; `nil` is when nothing more is due.
    ///   - limit: how much real time it may take; a receiver that hangs would hold it up until the delivery timeout.
    func advance(to target: Timestamp?, limit: Duration?) async throws -> Advance {
        let previous = last
        let task = Task {
            _ = await previous?.result
            return try await self.run(to: target)
        }
        last = task
        let alarm = Task {
            guard let limit else { return }
            try await Task.sleep(for: limit)
            task.cancel()
        }
        defer { alarm.cancel() }
        return try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            task.cancel()
        }
    }

    private func run(to target: Timestamp?) async throws -> Advance {
        let before = worker.recordedAttempts
        await worker.settle()
        while clock.mode == .frozen, !Task.isCancelled {
            let due = worker.nextDue
            // Somebody who sleeps through an injected delay is woken at its own instant, but is nothing to wait for by itself.
            let next = [due, target == nil && due == nil ? nil : clock.nextWake].compactMap { $0 }.min()
            guard let next, target.map({ next <= $0 }) ?? true else { break }
            clock.freeze(at: max(next, clock.now))
            await worker.settle()
        }
        if let target, clock.mode == .frozen, target > clock.now {
            clock.freeze(at: target)
            await worker.settle()
        }
        let pending = try await store.read { try EventCounts.pending($0) }
        return Advance(
            now: clock.now, attempts: worker.recordedAttempts - before, pending: pending,
            isSettled: !Task.isCancelled)
    }
}
