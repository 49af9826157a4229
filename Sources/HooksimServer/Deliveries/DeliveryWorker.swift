import Logging
import ServiceLifecycle
import Synchronization
import Webhooks

/// Sends what is due: the thin shell around ``Delivery``.
///
/// Each subscription is a lane of its own with its own bound, so that a slow or dead endpoint delays nobody else's deliveries. One
/// loop claims what is due from all lanes; each claimed attempt is a task that sends, records and frees its place in the lane.
final class DeliveryWorker: Service {
    private struct State {
        var lanes = DeliveryLanes()
        /// Counts the resets: what was claimed before one is no news after it.
        var epoch = 0
        var isStopping = false
    }

    private let state: Mutex<State>
    /// Told whenever the loop may have something to do, and when an attempt ended.
    private let signal = ChangeSignal()
    private let database: Database
    private let sender: DeliverySender
    private let clock: SimulatedClock
    private let random: CurrentRandomSource
    private let settings: SettingsStore
    private let logger: Logger

    init(
        database: Database, sender: DeliverySender, clock: SimulatedClock, random: CurrentRandomSource,
        settings: SettingsStore, logger: Logger
    ) throws {
        self.database = database
        self.sender = sender
        self.clock = clock
        self.random = random
        self.settings = settings
        self.logger = logger
        var state = State()
        for pending in try database.writeSynchronously({ try Outbox.pending($0) }) {
            state.lanes.wake(pending.subscription, at: pending.due)
        }
        self.state = Mutex(state)
        clock.observe { [signal] in signal.notify() }
    }

    /// Says that these subscriptions have something due at that instant.
    func wake(_ subscriptions: some Sequence<Int>, at due: Timestamp) {
        state.withLock { state in
            for subscription in subscriptions { state.lanes.wake(subscription, at: due) }
        }
        signal.notify()
    }

    /// Forgets what is claimed and queued. To be called in the write that empties the store, so that no attempt under way is recorded
    /// for an event that came after it.
    func forgetClaims() {
        state.withLock { state in
            state.epoch += 1
            state.lanes = DeliveryLanes()
        }
    }

    /// Sends until the service group shuts down; then it claims nothing more and waits for what is under way.
    func run() async throws {
        await withGracefulShutdownHandler {
            await withDiscardingTaskGroup { group in
                while !Task.isCancelled {
                    let version = signal.version
                    let (claimed, epoch) = await claim()
                    for delivery in claimed {
                        group.addTask { await self.deliver(delivery, epoch: epoch) }
                    }
                    guard claimed.isEmpty else { continue }
                    if state.withLock({ $0.isStopping }) { break }
                    await waitForWork(after: version)
                }
            }
        } onGracefulShutdown: {
            self.state.withLock { $0.isStopping = true }
            self.signal.notify()
        }
    }

    /// Until something is signalled, or the running clock reaches what is due next.
    private func waitForWork(after version: UInt64) async {
        let (mode, now) = clock.read()
        let concurrency = settings.current.deliveryConcurrency
        let next = state.withLock { $0.lanes.nextDue(concurrency: concurrency) }
        guard mode == .real, let next else {
            await signal.wait(after: version)
            return
        }
        guard next > now else { return }
        await signal.wait(after: version, for: .milliseconds((next - now).milliseconds))
    }

    private func claim() async -> (claimed: [OutgoingDelivery], epoch: Int) {
        let now = clock.now
        let settings = settings.current
        let (lanes, epoch) = state.withLock { state in
            (
                state.isStopping ? [] : state.lanes.takeDue(now: now, concurrency: settings.deliveryConcurrency),
                state.epoch
            )
        }
        guard !lanes.isEmpty else { return ([], epoch) }
        do {
            let looks = try await database.read { connection in
                try lanes.map { lane in
                    try Outbox.look(
                        subscription: lane.subscription, now: now, limit: lane.room, inFlight: lane.inFlight,
                        policy: RetryPolicy(settings), connection)
                }
            }
            return state.withLock { state in
                guard state.epoch == epoch else { return ([], epoch) }
                for (lane, look) in zip(lanes, looks) { state.lanes.keep(look, in: lane.subscription) }
                return (looks.flatMap { $0.claimed }, epoch)
            }
        } catch {
            logger.error("the outbox can't be read; trying again in a second", metadata: ["error": "\(error)"])
            try? await Task.sleep(for: .seconds(1))
            wake(lanes.map(\.subscription), at: now)
            return ([], epoch)
        }
    }

    private func deliver(_ delivery: OutgoingDelivery, epoch: Int) async {
        let startedAt = clock.now
        let answer = await sender.send(delivery, timeout: settings.current.deliveryTimeout)
        let finished = FinishedAttempt(delivery: delivery, startedAt: startedAt, endedAt: clock.now, answer: answer)
        let due = await record(finished, epoch: epoch)
        state.withLock { state in
            guard state.epoch == epoch else { return }
            state.lanes.release(delivery.event, from: delivery.subscription, dueAgain: due)
        }
        signal.notify()
    }

    /// Records until it is recorded: a full disk must not lose what the receiver has already got.
    private func record(_ attempt: FinishedAttempt, epoch: Int) async -> Timestamp? {
        var dice = random.current.stream(.jitter, UInt64(attempt.delivery.ticket), UInt64(attempt.delivery.attempt))
        let draw = dice.unit()
        while true {
            do {
                return try await database.write { [self] connection in
                    guard state.withLock({ $0.epoch == epoch }) else { return nil }
                    return try Outbox.record(attempt, settings: settings.current, dice: draw, connection)
                }
            } catch {
                logger.error(
                    "an attempt can't be recorded; trying again in a second",
                    metadata: ["event": "\(attempt.delivery.eventID)", "error": "\(error)"])
                guard !Task.isCancelled else { return nil }
                try? await Task.sleep(for: .seconds(1))
            }
        }
    }
}
