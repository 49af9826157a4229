import Webhooks

/// The operations that freeze, resume and advance the virtual clock.
struct MoveClock: Sendable {
    let runner: OperationRunner
    let clock: SimulatedClock
    let store: Store
    let bulk: BulkRunner
    /// The queue that runs one advance at a time: two at once would move the clock past each other's deliveries.
    private let turns = TurnQueue()

    init(runner: OperationRunner, bulk: BulkRunner, clock: SimulatedClock, store: Store) {
        self.runner = runner
        self.bulk = bulk
        self.clock = clock
        self.store = store
    }

    /// The end of an advance.
    enum Goal: Sendable {
        case by(TimeSpan)
        case to(Timestamp)
        /// The instant after which nothing more is due.
        case idle
    }

    struct Advance: Sendable {
        let now: Timestamp
        /// The number of attempts that were recorded during the advance.
        let attempts: Int
        /// The number of events that are still pending.
        let pending: Int
        /// Whether everything that was due finished before the time limit.
        let isIdle: Bool
    }

    /// Freezes or resumes the clock, at an instant or at its current one. This ends an advance in progress.
    func set(_ mode: SimulatedClock.Mode, at instant: Timestamp?) async throws {
        try await runner.run {
            switch mode {
            case .frozen: clock.freeze(at: instant)
            case .real: clock.resume(from: instant)
            }
            return ((), .none)
        }
    }

    /// Moves the frozen clock from each instant at which something is due to the next, and waits at each until all work
    /// has ended. Concurrent advances run one after the other, and each begins where the one before it ended.
    ///
    /// - Parameter limit: the maximum real time of the advance, not counting the wait for others; `nil` for none.
    ///   Without a limit, a receiver that does not respond delays the advance until the delivery timeout.
    /// - Throws: an ``APIError`` of 409 if the clock is running, or is set or reset during the advance; a
    ///   ``ValidationFailure`` for an instant in the past.
    func advance(_ goal: Goal, limit: Duration?) async throws -> Advance {
        let resets = runner.partners.resets
        return try await turns.withTurn {
            let (target, start) = try await begin(goal, resets: resets)
            return try await Self.limited(to: limit) {
                try await run(to: target, since: start, resets: resets)
            }
        }
    }

    /// Runs `body` in a task that is cancelled when the time limit is reached.
    private static func limited<Value: Sendable>(
        to limit: Duration?, _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let task = Task { try await body() }
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

    private func begin(_ goal: Goal, resets: Int) async throws -> (target: Timestamp?, start: SimulatedClock.Setting) {
        try await runner.run {
            guard runner.partners.resets == resets else { throw interruption(resets) }
            let (mode, now) = clock.read()
            guard mode == .frozen else {
                throw APIError.conflict(
                    #"the clock is running; freeze it first with PUT /__admin/clock {"mode": "frozen"}"#)
            }
            let target: Timestamp?
            switch goal {
            case .by(let span): target = now + span
            case .to(let instant) where instant < now:
                throw ValidationFailure(
                    "to", .invalid("is before the clock's \(now); PUT /__admin/clock can set it back"), .unacceptable)
            case .to(let instant): target = instant
            case .idle: target = nil
            }
            return ((target, clock.setting), .none)
        }
    }

    private func run(to target: Timestamp?, since start: SimulatedClock.Setting, resets: Int) async throws -> Advance {
        let worker = runner.worker
        let before = worker.recordedAttempts
        await waitUntilIdle()
        while !Task.isCancelled {
            let due = worker.nextDue
            // A request that an injected delay holds is woken at its own instant, but an advance until idle does not
            // move the clock for it alone.
            let next = [due, target == nil && due == nil ? nil : clock.nextWake].compactMap { $0 }.min()
            guard let next, target.map({ next <= $0 }) ?? true else { break }
            guard clock.advance(to: next, since: start) else { throw interruption(resets) }
            await waitUntilIdle()
        }
        if let target {
            guard clock.advance(to: target, since: start) else { throw interruption(resets) }
            await waitUntilIdle()
        }
        let pending = try await store.read { try EventCounts.pending($0) }
        return Advance(
            now: clock.now, attempts: worker.recordedAttempts - before, pending: pending,
            isIdle: !Task.isCancelled)
    }

    /// Returns once everything that is due at the present instant has been sent and recorded, and every retry and
    /// cancellation of many events is finished.
    private func waitUntilIdle() async {
        repeat {
            await bulk.waitUntilIdle()
            await runner.worker.waitUntilIdle()
        } while !bulk.isIdle && !Task.isCancelled
    }

    private func interruption(_ resets: Int) -> APIError {
        .conflict(
            runner.partners.resets == resets
                ? "the clock was set while it was advanced, and shows \(clock.now); advance it from there"
                : "the simulator was reset while its clock was advanced; freeze the clock and advance it again")
    }
}
