import Logging
import ServiceLifecycle
import Synchronization
import Webhooks

/// Sends what is due: the thin shell around ``Delivery``.
///
/// Each subscription is a lane of its own with its own bound, so that a slow or dead endpoint delays nobody else's deliveries. One
/// loop claims what is due from all lanes and sends it; what ended is recorded together with whatever else ended meanwhile, and
/// frees its place in the lane. The clock may run or stand still: the loop does the same, only nothing falls due by itself on a clock
/// that stands.
final class DeliveryWorker: Service {
    struct State {
        var lanes = DeliveryLanes()
        var delayed = DelayedDeliveries()
        /// How often the simulator was reset: what was claimed before a reset belongs to the past after it.
        var resets: Int
        /// The claim under way: from taking what is due from the lanes until it was handed to the sender.
        var claim: Claim?
        /// How many claims have ended.
        var claims: UInt64 = 0
        var isStopping = false
        /// Whether the service has ended, after which nothing can be recorded.
        var isOver = false
        /// What ended and waits to be recorded.
        var finished: [FinishedAttempt] = []
        var recordedAttempts = 0
    }

    /// What ended while a claim was under way, and so does not concern what was claimed.
    struct Claim {
        var closedSubscriptions: Set<Int> = []
        var removedRules: Set<String> = []
    }

    let state: Mutex<State>
    /// Told whenever the loop may have something to do.
    private let signal = ChangeSignal()
    /// Told whenever all may have settled.
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
    let rates = DeliveryRates()
    let metrics: Metrics
    let logger: Logger

    init(
        store: Store, sender: any AttemptSender, partners: PartnerRegistry, faults: FaultRegistry,
        clock: SimulatedClock,
        random: CurrentRandomSource, settings: SettingsState, feed: LiveFeed, metrics: Metrics, logger: Logger
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
        self.metrics = metrics
        self.logger = logger
        var state = State(resets: try store.writeSynchronously { try MetaTable.resets($0) })
        for pending in try store.writeSynchronously({ try EventTable.pendingSubscriptions($0) }) {
            state.lanes.wake(pending.subscription, at: pending.due)
        }
        self.state = Mutex(state)
        clock.observe { [signal] in signal.notify() }
    }

    /// Says that these subscriptions have something due at that instant.
    func wake(_ subscriptions: some Sequence<Int>, at due: Timestamp) {
        let mustWake = state.withLock { state in
            subscriptions.reduce(false) { state.lanes.wake($1, at: due) || $0 }
        }
        if mustWake { wake() }
    }

    /// Makes the loop look whether there is something to do.
    func wake() { signal.notify() }

    /// Sends until the service group shuts down; then it claims nothing more and waits for what is under way.
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
            self.state.withLock { $0.isStopping = true }
            self.signal.notify()
            self.progress.notify()
        }
    }

    /// Nearly all deliveries are sent together; what a fault alters is a task of its own.
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

    /// Until something is signalled, or the running clock reaches what is due next.
    private func waitForWork(after version: UInt64) async {
        let (mode, now) = clock.read()
        guard mode == .real, let next = nextDue else { return await signal.wait(after: version) }
        guard next > now else { return }
        await signal.wait(after: version, for: .milliseconds((next - now).milliseconds))
    }

    /// What is to be sent now: batches, in each of which one delivery is sent after the other; with the number of resets before them.
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

    /// Decides which of the claimed attempts a fault rule hits: in the order of asking, whatever lane they are from.
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
