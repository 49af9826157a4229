import Webhooks

/// The state machine in a small model of its environment: a durable store, claims in memory, a receiver, and crashes.
///
/// The model neither waits nor does I/O, so that thousands of seeds take seconds. The invariants are checked at every
/// step.
struct DeliverySimulation {
    private struct Event {
        var delivery: Delivery
        let subscription: Int
        var isAcknowledged = false
        /// The number of times that the receiver has accepted the event.
        var accepted = 0
        /// The number of times that another delivery of the event was requested.
        var requeues = 0
        var wasCancelled = false
        /// Whether the subscription's receiver responded 410.
        var metGone = false
    }

    private struct UnderWay {
        let event: Int
        let round: Int
    }

    private static let policy = RetryPolicy(schedule: [.zero, .seconds(5), .seconds(30), .seconds(300)], jitter: 0.1)
    private static let subscriptions = 3

    private let seed: UInt64
    private let bug: PlantedBug?
    private var generator: SeededGenerator
    private var now = Timestamp(milliseconds: 1_736_942_400_000)
    private var stepNumber = 0
    /// The rate differs by seed: some receivers rarely fail, others nearly always.
    private let failureRate: Double
    // The durable state, which survives a crash.
    private var events: [Event] = []
    private var isActive = Array(repeating: true, count: subscriptions)
    // The state in memory, which a crash removes.
    private var underWay: [UnderWay] = []

    init(seed: UInt64, bug: PlantedBug? = nil) {
        self.seed = seed
        self.bug = bug
        generator = SeededGenerator(seed: seed)
        failureRate = [0.2, 0.5, 0.95].randomElement(using: &generator) ?? 0.5
    }

    /// - Throws: ``BrokenPromise``.
    mutating func run(steps: Int) throws {
        for number in 1...steps {
            stepNumber = number
            let isFaulty = Int.random(in: 0..<5, using: &generator) == 0
            try step(isFaulty: isFaulty)
            try check()
        }
        try finish()
    }

    private func broken(_ promise: String) -> BrokenPromise {
        BrokenPromise(seed: seed, step: stepNumber, promise: promise)
    }

    private var policy: RetryPolicy {
        bug == .makesOneAttemptTooMany
            ? RetryPolicy(schedule: Self.policy.schedule + [.seconds(1)], jitter: 0.1) : Self.policy
    }

    private mutating func step(isFaulty: Bool) throws {
        switch Int.random(in: 0..<20, using: &generator) {
        case 0..<4: trigger(commitFails: isFaulty)
        case 4..<9: try claim()
        case 9..<14: try finishOne(isFaulty: isFaulty)
        case 14..<17: now = now + .milliseconds(Int64.random(in: 0...400_000, using: &generator))
        case 17: requeue(commitFails: isFaulty)
        case 18: retryFailed(commitFails: isFaulty)
        default:
            if isFaulty {
                restart()
            } else if Int.random(in: 0..<6, using: &generator) == 0 {
                deactivate(Int.random(in: 0..<Self.subscriptions, using: &generator))
            }
        }
    }

    private mutating func trigger(commitFails: Bool) {
        let subscription = Int.random(in: 0..<Self.subscriptions, using: &generator)
        // Only a few events are pending at a time, so that many of them reach the end of their schedule.
        guard isActive[subscription], events.count(where: { $0.delivery.status == .pending }) < 5 else { return }
        var event = Event(
            delivery: Delivery(createdAt: now, policy: policy, sample: generator.unit()), subscription: subscription)
        event.isAcknowledged = !commitFails || bug == .acknowledgesBeforeCommit
        guard commitFails else {
            events.append(event)
            return
        }
        // Nothing was written, so an acknowledged event is lost and its client waits for it forever.
        if event.isAcknowledged { acknowledgedButLost += 1 }
    }

    private var acknowledgedButLost = 0

    private mutating func claim() throws {
        let due = events.indices.filter { index in
            guard let dueAt = events[index].delivery.dueAt, dueAt <= now else { return false }
            return bug == .claimsTwice || !underWay.contains { $0.event == index }
        }
        guard let index = due.randomElement(using: &generator) else { return }
        if bug == .claimsTwice { events[index].delivery = events[index].delivery.asStored(roundInFlight: nil) }
        let before = events[index].delivery
        let actions = events[index].delivery.step(.due, at: now, policy: policy)
        guard case .send(let attempt)? = actions.first else { return }
        guard before.status == .pending else { throw broken("an event that is \(before.status) was sent") }
        guard attempt == before.attempts + 1 else { throw broken("attempt \(attempt) follows \(before.attempts)") }
        guard isActive[events[index].subscription] else { throw broken("sent to a deactivated subscription") }
        underWay.append(UnderWay(event: index, round: before.round))
    }

    private mutating func randomResult() -> AttemptResult {
        guard generator.unit() < failureRate else {
            return AttemptResult(statusCode: [200, 201, 204, 299].randomElement(using: &generator))
        }
        return switch Int.random(in: 5..<10, using: &generator) {
        case 5: AttemptResult(statusCode: [301, 302, 307].randomElement(using: &generator))
        case 6: AttemptResult(statusCode: 503, retryAfter: .seconds(Int64.random(in: 0...7200, using: &generator)))
        case 7: AttemptResult(failure: .connectionRefused)
        case 8: AttemptResult(statusCode: [400, 404, 500, 502].randomElement(using: &generator))
        default: AttemptResult(statusCode: Int.random(in: 0..<20, using: &generator) == 0 ? 410 : 500)
        }
    }

    private mutating func finishOne(isFaulty: Bool) throws {
        guard let position = underWay.indices.randomElement(using: &generator) else { return }
        let attempt = underWay[position]
        let result = randomResult()
        if result.isSuccess { events[attempt.event].accepted += 1 }
        // The receiver has accepted or refused the event, but the result is lost with the process.
        guard !isFaulty else { return restart() }
        underWay.remove(at: position)
        try record(result, of: attempt)
    }

    private mutating func record(_ result: AttemptResult, of attempt: UnderWay) throws {
        let before = events[attempt.event].delivery
        var seen = result
        if bug == .takesRedirectsForSuccess, let status = result.statusCode, (300...399).contains(status) {
            seen.statusCode = 200
        }
        if bug == .keepsSendingAfterGone, result.meansGone { seen.statusCode = 500 }
        let round = bug == .finishesByAnOldRound ? before.round : attempt.round
        var delivery = before.asStored(roundInFlight: round)
        let actions = delivery.step(.finished(seen), at: now, policy: policy, sample: generator.unit())
        if bug == .ignoresTheWait, delivery.status == .pending, delivery.dueAt != before.dueAt {
            delivery = delivery.asStored(roundInFlight: nil, dueAt: now)
        }
        events[attempt.event].delivery = delivery
        if result.meansGone { events[attempt.event].metGone = true }
        try checkRecorded(result, attempt, before, delivery)
        if actions.contains(.deactivateSubscription) { deactivate(events[attempt.event].subscription) }
    }

    /// Checks the invariants of one attempt that has ended.
    private func checkRecorded(_ result: AttemptResult, _ attempt: UnderWay, _ before: Delivery, _ after: Delivery)
        throws
    {
        guard after.attempts == before.attempts + 1 else { throw broken("an attempt was not counted") }
        let isCurrent = attempt.round == before.round
        if before.status == .pending, !isCurrent, !result.meansGone,
            after.status != .pending || after.dueAt != before.dueAt
        {
            throw broken("an attempt of an old round settled the new one")
        }
        guard isCurrent, before.status == .pending else { return }
        if result.isSuccess, after.status != .delivered { throw broken("a success did not deliver") }
        if !result.isSuccess, after.status == .delivered { throw broken("\(result) delivered") }
        if result.meansGone, after.status != .failed { throw broken("410 did not end the delivery") }
        guard after.status == .pending, let dueAt = after.dueAt else {
            let isExhausted = after.attemptsInRound >= Self.policy.schedule.count
            guard after.status == .delivered || isExhausted || result.meansGone else {
                throw broken("failed before its last attempt")
            }
            return
        }
        guard after.attemptsInRound < Self.policy.schedule.count else {
            throw broken("more attempts than the schedule has")
        }
        let scheduled = Double(Self.policy.schedule[after.attemptsInRound].milliseconds) * 0.9
        let wait = result.retryAfter.map { min($0, .seconds(3600)) } ?? .milliseconds(Int64(scheduled))
        guard dueAt >= now + wait else { throw broken("the next attempt is due before its wait is over") }
    }

    private mutating func requeue(commitFails: Bool) {
        guard !commitFails, let index = events.indices.randomElement(using: &generator),
            isActive[events[index].subscription]
        else { return }
        requeue(index)
    }

    private mutating func requeue(_ index: Int) {
        _ = events[index].delivery.step(.requeued, at: now, policy: policy)
        events[index].requeues += 1
        events[index].accepted = 0
        events[index].metGone = false
    }

    private mutating func retryFailed(commitFails: Bool) {
        guard !commitFails else { return }
        for index in events.indices where isActive[events[index].subscription] {
            switch events[index].delivery.status {
            case .failed: requeue(index)
            case .delivered where bug == .retriesDeliveredEvents:
                // A wrong query would also send this event again, although no retry of it was requested.
                _ = events[index].delivery.step(.requeued, at: now, policy: policy)
            case .delivered, .pending: break
            }
        }
    }

    private mutating func deactivate(_ subscription: Int) {
        isActive[subscription] = false
        for index in events.indices where events[index].subscription == subscription {
            events[index].wasCancelled = true
            if bug != .sendsToDeactivatedSubscriptions {
                _ = events[index].delivery.step(.cancelled, at: now, policy: policy)
            }
        }
    }

    private mutating func restart() {
        underWay = []
        guard bug != .forgetsToRescueAtStart else { return }
        for index in events.indices { _ = events[index].delivery.step(.restarted, at: now, policy: policy) }
    }

    /// Checks the invariants that hold at any time.
    private func check() throws {
        guard acknowledgedButLost == 0 else { throw broken("an acknowledged event is not in the store") }
        for (index, event) in events.enumerated() {
            let delivery = event.delivery
            let claims = underWay.count { $0.event == index }
            guard claims <= 1 else { throw broken("an event has \(claims) claims") }
            guard (delivery.status == .pending) == (delivery.dueAt != nil) else {
                throw broken("\(delivery.status) with due \(String(describing: delivery.dueAt))")
            }
            guard delivery.attemptsInRound <= Self.policy.schedule.count else {
                throw broken("more attempts than the schedule has")
            }
            if delivery.status == .delivered, event.accepted == 0 { throw broken("delivered without an acceptance") }
            if delivery.status == .pending, delivery.round != event.requeues {
                throw broken("a round that was not requested")
            }
            if delivery.status == .pending, !isActive[event.subscription] {
                throw broken("an event waits for a deactivated subscription")
            }
        }
    }

    /// Runs without more faults until every event is final. Throws if an event never becomes final.
    private mutating func finish() throws {
        restart()
        for _ in 0..<100_000 {
            stepNumber += 1
            if let attempt = underWay.popLast() {
                events[attempt.event].accepted += 1
                try record(AttemptResult(statusCode: 200), of: attempt)
            } else if let due = events.compactMap({ $0.delivery.dueAt }).min() {
                now = max(now, due)
                let before = underWay.count
                try claim()
                if underWay.count == before { throw broken("a due event can't be claimed") }
            } else {
                break
            }
            try check()
        }
        guard events.allSatisfy({ $0.delivery.status != .pending }) else { throw broken("an event is stuck") }
    }
}

extension Delivery {
    /// Returns the delivery as it is read back from the store.
    fileprivate func asStored(roundInFlight: Int?, dueAt: Timestamp? = nil) -> Delivery {
        Delivery(
            status: status, attempts: attempts, attemptsInRound: attemptsInRound, round: round,
            dueAt: dueAt ?? self.dueAt,
            roundInFlight: roundInFlight)
    }
}
