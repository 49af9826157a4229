import Logging
import ServiceLifecycle
import Synchronization
import Webhooks

/// Claims and sends the deliveries that are due, and records the attempts; the rules of delivery are those of
/// ``Delivery``.
///
/// Each subscription has a lane with a limit of its own, so that a slow or dead endpoint does not delay the deliveries
/// of other subscriptions. One loop claims the due deliveries of all lanes and sends them. Attempts that have ended are
/// recorded in batches, and then no longer count against the limit of their lane. The loop is the same for a real and a
/// frozen clock, except that deliveries do not fall due by the passing of time on a frozen clock.
final class DeliveryWorker: Service {
    struct State {
        var lanes = DeliveryLanes()
        var delayed = DelayedDeliveries()
        /// The number of times that the simulator has been reset; results of attempts that were claimed before a reset
        /// are discarded.
        var resets: Int
        /// The claim under way, from taking the due lanes until the deliveries have been handed to the sender.
        var claim: Claim?
        /// The number of claims that have ended.
        var claims: UInt64 = 0
        var isStopping = false
        /// Whether the service has ended, after which no attempt can be recorded.
        var isOver = false
        /// The attempts that have ended and have not been recorded.
        var finished: [FinishedAttempt] = []
        var recordedAttempts = 0
    }

    /// The subscriptions that ended and the rules that were removed during a claim; claimed deliveries are dropped or
    /// released accordingly.
    struct Claim {
        var closedSubscriptions: Set<Int> = []
        var removedRules: Set<String> = []
    }

    let state: Mutex<State>
    /// The signal that the loop may have work to do.
    private let signal = ChangeSignal()
    /// The signal that the worker may have become idle.
    let progress = ChangeSignal()
    let store: Store
    private let sender: any AttemptSender
    private let execution: AttemptExecution
    let partners: PartnerRegistry
    private let faults: FaultRegistry
    let clock: SimulatedClock
    let random: CurrentRandomSource
    let settings: SettingsState
    let feed: LiveFeed
    /// The listeners, which are informed when subscriptions end.
    let listeners: ListenerRegistry
    let rates = DeliveryRates()
    let metrics: Metrics
    let logger: Logger

    init(
        store: Store, sender: any AttemptSender, partners: PartnerRegistry, faults: FaultRegistry,
        clock: SimulatedClock,
        random: CurrentRandomSource, settings: SettingsState, feed: LiveFeed, listeners: ListenerRegistry,
        metrics: Metrics, logger: Logger
    ) throws {
        self.store = store
        self.sender = sender
        execution = AttemptExecution(sender: sender)
        self.partners = partners
        self.faults = faults
        self.clock = clock
        self.random = random
        self.settings = settings
        self.feed = feed
        self.listeners = listeners
        self.metrics = metrics
        self.logger = logger
        var state = State(resets: try store.writeSynchronously { try MetaTable.resets($0) })
        for pending in try store.writeSynchronously({ try EventTable.pendingSubscriptions($0) }) {
            state.lanes.wake(pending.subscription, at: pending.due)
        }
        self.state = Mutex(state)
        clock.observe { [signal] in signal.notify() }
    }

    /// Informs the worker that subscriptions have deliveries due at an instant.
    func wake(_ subscriptions: some Sequence<Int>, at due: Timestamp) {
        let mustWake = state.withLock { state in
            subscriptions.reduce(false) { state.lanes.wake($1, at: due) || $0 }
        }
        if mustWake { wake() }
    }

    /// Makes the loop check for due deliveries.
    func wake() { signal.notify() }

    /// Sends deliveries until the service group shuts down; then claims no more and waits for the attempts under way.
    func run() async throws {
        await withGracefulShutdownHandler {
            await withDiscardingTaskGroup { group in
                while !Task.isCancelled {
                    let version = signal.version
                    let (batches, resets) = await claim()
                    send(batches, resets: resets, in: &group)
                    endClaim()
                    guard batches.isEmpty else { continue }
                    if state.withLock({ $0.isStopping }) { break }
                    await waitForWork(after: version)
                }
            }
            await waitUntilRecorded()
        } onGracefulShutdown: {
            let count = self.state.withLock { state in
                state.isStopping = true
                return state.lanes.inFlight - state.delayed.count
            }
            if count > 0 {
                self.logger.notice(
                    "stopping, and waiting for deliveries under way; those that do not end are sent again at the next start",
                    metadata: ["deliveries": "\(count)"])
            }
            self.signal.notify()
            self.progress.notify()
        }
    }

    /// Sends deliveries without a fault together, since nearly all are such; every other batch runs in a task of its
    /// own.
    private func send(_ batches: [[OutgoingDelivery]], resets: Int, in group: inout DiscardingTaskGroup) {
        let timeout = settings.current.deliveryTimeout
        var unaltered: [OutgoingDelivery] = []
        for batch in batches {
            if batch.count == 1, batch[0].fault == nil {
                unaltered.append(batch[0])
            } else {
                group.addTask {
                    for delivery in batch { await self.deliver(delivery, resets: resets, timeout: timeout) }
                }
            }
        }
        guard !unaltered.isEmpty else { return }
        let startedAt = clock.now
        let start = ContinuousClock.now
        sender.send(unaltered, timeout: timeout) { [self] delivery, response in
            finish(delivery, startedAt: startedAt, [response], took: ContinuousClock.now - start, resets: resets)
        }
    }

    private func deliver(_ delivery: OutgoingDelivery, resets: Int, timeout: TimeSpan) async {
        guard mayStart(delivery, resets: resets) else { return }
        let isTimeout = if case .timeout? = delivery.deliveryFault { true } else { false }
        let startedAt = isTimeout ? delivery.heldSince ?? clock.now : clock.now
        let start = ContinuousClock.now
        let responses = await execution.run(delivery, timeout: timeout) { isWanted(delivery, resets: resets) }
        finish(delivery, startedAt: startedAt, responses, took: ContinuousClock.now - start, resets: resets)
    }

    /// Returns once the signal is given, or once the real clock reaches the next due time.
    private func waitForWork(after version: UInt64) async {
        let (mode, now) = clock.read()
        guard mode == .real, let next = nextDue else { return await signal.wait(after: version) }
        guard next > now else { return }
        await signal.wait(after: version, for: .milliseconds((next - now).milliseconds))
    }

    /// Returns the deliveries that are to be sent now and the number of resets before the claim. The deliveries of one
    /// batch are sent one after the other.
    private func claim() async -> (batches: [[OutgoingDelivery]], resets: Int) {
        let now = clock.now
        let settings = settings.current
        let (lanes, due, resets) = state.withLock { state -> ([DeliveryLanes.DueLane], [[OutgoingDelivery]], Int) in
            guard !state.isStopping else { return ([], [], state.resets) }
            state.claim = Claim()
            let lanes = state.lanes.takeDue(now: now, concurrency: settings.deliveryConcurrency)
            return (lanes, state.delayed.takeDue(at: now), state.resets)
        }
        guard !lanes.isEmpty else { return (due, resets) }
        do {
            let claims = try await store.read { session in
                try lanes.map { lane in
                    try EventTable.claim(
                        subscription: lane.subscription, now: now, limit: lane.room, inFlight: lane.inFlight,
                        policy: RetryPolicy(settings), session)
                }
            }
            let deliveries = withFaults(claims.flatMap { $0.deliveries })
            return state.withLock { state in
                guard state.resets == resets else { return ([], resets) }
                let ended = state.claim ?? Claim()
                for (lane, claim) in zip(lanes, claims) where !ended.closedSubscriptions.contains(lane.subscription) {
                    state.lanes.keep(claim, in: lane.subscription)
                }
                let new = deliveries.filter { !ended.closedSubscriptions.contains($0.subscription) }.map {
                    state.delayed.take($0, at: now, timeout: settings.deliveryTimeout)
                }
                state.delayed.release(rules: ended.removedRules)
                return (due + new.filter { !$0.isEmpty }, resets)
            }
        } catch {
            logger.error("the outbox can't be read; trying again in a second", metadata: ["error": "\(error)"])
            try? await Task.sleep(for: .seconds(1))
            return state.withLock { state in
                guard state.resets == resets else { return ([], resets) }
                for lane in lanes { state.lanes.wake(lane.subscription, at: now) }
                return (due, resets)
            }
        }
    }

    private func endClaim() {
        state.withLock { state in
            state.claim = nil
            state.claims += 1
        }
        progress.notify()
    }

    /// Determines which fault rule, if any, applies to each claimed attempt, in the order of due time and ticket across
    /// all lanes.
    private func withFaults(_ claimed: [OutgoingDelivery]) -> [OutgoingDelivery] {
        guard faults.concernDeliveries else { return claimed }
        let clientIDs = partners.clientIDs
        return claimed.sorted { ($0.dueAt, $0.ticket) < ($1.dueAt, $1.ticket) }.map { delivery in
            var delivery = delivery
            delivery.fault = faults.hit(
                FaultableDelivery(
                    topic: delivery.topic, endpointURL: delivery.endpointURL,
                    clientID: clientIDs[delivery.partner] ?? "",
                    entityID: delivery.entityID, attempt: delivery.attempt, ticket: delivery.ticket))
            return delivery
        }
    }
}
