import Logging
import ServiceLifecycle
import Synchronization
import Webhooks

/// Sends what is due: the thin shell around ``Delivery``.
///
/// Each subscription is a lane of its own with its own bound, so that a slow or dead endpoint delays nobody else's deliveries. One
/// loop claims what is due from all lanes; each claimed attempt is a task that sends, records and frees its place in the lane. The
/// clock may run or stand still: the loop does the same, only nothing falls due by itself on a clock that stands.
final class DeliveryWorker: Service {
    struct State {
        var lanes = DeliveryLanes()
        var held = HeldDeliveries()
        /// Counts the resets: what was claimed before one is no news after it.
        var epoch = 0
        /// Whether the loop is between taking what is due from the lanes and having claimed it.
        var isClaiming = false
        var isStopping = false
        var recordedAttempts = 0
    }

    let state: Mutex<State>
    /// Told whenever the loop may have something to do.
    private let signal = ChangeSignal()
    /// Told whenever all may have settled.
    let progress = ChangeSignal()
    private let database: Database
    private let exchange: DeliveryExchange
    private let partners: PartnerRegistry
    private let faults: FaultStore
    let clock: SimulatedClock
    private let random: CurrentRandomSource
    let settings: SettingsStore
    private let stream: EventStream
    let rates = DeliveryRates()
    private let metrics: Metrics
    private let logger: Logger

    init(
        database: Database, sender: DeliverySender, partners: PartnerRegistry, faults: FaultStore,
        clock: SimulatedClock,
        random: CurrentRandomSource, settings: SettingsStore, stream: EventStream, metrics: Metrics, logger: Logger
    ) throws {
        self.database = database
        exchange = DeliveryExchange(sender: sender)
        self.partners = partners
        self.faults = faults
        self.clock = clock
        self.random = random
        self.settings = settings
        self.stream = stream
        self.metrics = metrics
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
            state.held = HeldDeliveries()
        }
    }

    /// Sends until the service group shuts down; then it claims nothing more and waits for what is under way.
    func run() async throws {
        await withGracefulShutdownHandler {
            await withDiscardingTaskGroup { group in
                while !Task.isCancelled {
                    let version = signal.version
                    let (batches, epoch) = await claim()
                    for batch in batches {
                        group.addTask {
                            for delivery in batch { await self.deliver(delivery, epoch: epoch) }
                        }
                    }
                    guard batches.isEmpty else { continue }
                    if state.withLock({ $0.isStopping }) { break }
                    await waitForWork(after: version)
                }
            }
        } onGracefulShutdown: {
            self.state.withLock { $0.isStopping = true }
            self.signal.notify()
            self.progress.notify()
        }
    }

    /// Until something is signalled, or the running clock reaches what is due next.
    private func waitForWork(after version: UInt64) async {
        let (mode, now) = clock.read()
        guard mode == .real, let next = nextDue else { return await signal.wait(after: version) }
        guard next > now else { return }
        await signal.wait(after: version, for: .milliseconds((next - now).milliseconds))
    }

    /// What is to be sent now: batches, in each of which one delivery is sent after the other.
    private func claim() async -> (batches: [[OutgoingDelivery]], epoch: Int) {
        let now = clock.now
        let settings = settings.current
        let (lanes, due, epoch) = state.withLock { state -> ([DeliveryLanes.DueLane], [[OutgoingDelivery]], Int) in
            guard !state.isStopping else { return ([], [], state.epoch) }
            state.isClaiming = true
            let lanes = state.lanes.takeDue(now: now, concurrency: settings.deliveryConcurrency)
            return (lanes, state.held.takeDue(at: now), state.epoch)
        }
        defer {
            state.withLock { $0.isClaiming = false }
            progress.notify()
        }
        guard !lanes.isEmpty else { return (due, epoch) }
        do {
            let looks = try await database.read { connection in
                try lanes.map { lane in
                    try Outbox.look(
                        subscription: lane.subscription, now: now, limit: lane.room, inFlight: lane.inFlight,
                        policy: RetryPolicy(settings), connection)
                }
            }
            let claimed = withFaults(looks.flatMap { $0.claimed })
            return state.withLock { state in
                guard state.epoch == epoch else { return ([], epoch) }
                for (lane, look) in zip(lanes, looks) { state.lanes.keep(look, in: lane.subscription) }
                let fresh = claimed.map { state.held.take($0, at: now, timeout: settings.deliveryTimeout) }
                return (due + fresh.filter { !$0.isEmpty }, epoch)
            }
        } catch {
            logger.error("the outbox can't be read; trying again in a second", metadata: ["error": "\(error)"])
            try? await Task.sleep(for: .seconds(1))
            wake(lanes.map(\.subscription), at: now)
            return (due, epoch)
        }
    }

    /// Decides which of the claimed attempts a fault rule hits: in the order of asking, whatever lane they are from.
    private func withFaults(_ claimed: [OutgoingDelivery]) -> [OutgoingDelivery] {
        guard !faults.isEmpty else { return claimed }
        let clientIDs = Dictionary(uniqueKeysWithValues: partners.all.map { ($0.row, $0.partner.clientID) })
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

    private func deliver(_ delivery: OutgoingDelivery, epoch: Int) async {
        let isTimeout = delivery.deliveryFault == .timeout
        let startedAt = isTimeout ? delivery.heldSince ?? clock.now : clock.now
        let start = ContinuousClock.now
        let answers = await exchange.run(delivery, timeout: settings.current.deliveryTimeout)
        observe(answers, of: delivery, took: ContinuousClock.now - start)
        let (mode, now) = clock.read()
        let finished = FinishedAttempt(
            delivery: delivery, startedAt: startedAt, endedAt: now, answers: answers, isFrozen: mode == .frozen)
        let settled = await record(finished, epoch: epoch)
        tell(finished, settled)
        state.withLock { state in
            guard state.epoch == epoch else { return }
            state.recordedAttempts += answers.count
            state.lanes.release(delivery.event, from: delivery.subscription, dueAgain: settled?.dueAt)
        }
        signal.notify()
        progress.notify()
    }

    /// Counts and logs an attempt; the endpoint is left out, since its query may have a secret in it.
    private func observe(_ answers: [ReceiverAnswer], of delivery: OutgoingDelivery, took duration: Duration) {
        for answer in answers { metrics.countAttempt(isDelivered: answer.result.isSuccess, duration: duration) }
        let result = answers[0].result
        logger.info(
            "delivery",
            metadata: [
                "delivery_id": "\(delivery.eventID)/\(delivery.attempt)", "topic": "\(delivery.topic.rawValue)",
                "status": "\(result.statusCode.map(String.init) ?? "none")",
                "error": "\(result.failureDescription ?? "")", "fault": "\(delivery.fault?.effect.name ?? "")",
                "duration_us": "\(duration.microseconds)",
            ])
    }

    /// Lets those who watch know.
    private func tell(_ attempt: FinishedAttempt, _ settled: Outbox.Settled?) {
        for answer in attempt.answers { rates.count(isDelivered: answer.result.isSuccess) }
        guard stream.isWatched else { return }
        let clientID = partners.all.first { $0.row == attempt.delivery.partner }?.partner.clientID
        stream.publish(attempt, clientID: clientID ?? "", settled: settled)
    }

    /// Records until it is recorded: a full disk must not lose what the receiver has already got.
    private func record(_ attempt: FinishedAttempt, epoch: Int) async -> Outbox.Settled? {
        let delivery = attempt.delivery
        var dice = random.current.stream(.jitter, UInt64(delivery.ticket), UInt64(delivery.attempt))
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
                    metadata: ["event": "\(delivery.eventID)", "error": "\(error)"])
                guard !Task.isCancelled else { return nil }
                try? await Task.sleep(for: .seconds(1))
            }
        }
    }
}
