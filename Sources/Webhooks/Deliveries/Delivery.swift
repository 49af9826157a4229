/// One event on its way to one subscription, as a pure state machine: it decides, a shell does the I/O.
///
/// A *round* is one run through the retry schedule. A resend or a retry begins a new round, also while an attempt of an older one is
/// still under way; that attempt is then only counted, unless it succeeds with nothing newer to do.
package struct Delivery: Sendable, Equatable {
    package enum Input: Sendable, Equatable {
        /// The clock has reached ``Delivery/dueAt``.
        case due
        /// The attempt under way ended.
        case finished(AttemptResult)
        /// Somebody asked for one more delivery.
        case requeued
        /// The subscription was deactivated.
        case cancelled
        /// The process started; what was under way when the last one stopped is not any more.
        case restarted
    }

    package enum Action: Sendable, Equatable {
        /// Send the event; the number is that of the attempt, from 1.
        case send(attempt: Int)
        case wait(until: Timestamp)
        case markDelivered
        case markFailed
        case deactivateSubscription
    }

    package private(set) var status = EventStatus.pending
    /// Attempts that ended, in all rounds.
    package private(set) var attempts = 0
    package private(set) var attemptsInRound = 0
    package private(set) var round = 0
    /// When the next attempt is due; `nil` unless pending.
    package private(set) var dueAt: Timestamp?
    /// The round of the attempt under way.
    package private(set) var roundInFlight: Int?

    /// A new event: its first attempt is due after the schedule's first wait.
    package init(createdAt: Timestamp, policy: RetryPolicy, sample: Double) {
        dueAt = createdAt + (policy.wait(afterAttempts: 0, sample: sample) ?? .zero)
    }

    /// A delivery as the store has it.
    package init(
        status: EventStatus, attempts: Int, attemptsInRound: Int, round: Int, dueAt: Timestamp?, roundInFlight: Int?
    ) {
        self.status = status
        self.attempts = attempts
        self.attemptsInRound = attemptsInRound
        self.round = round
        self.dueAt = dueAt
        self.roundInFlight = roundInFlight
    }

    package var isInFlight: Bool { roundInFlight != nil }

    /// Takes one input and says what to do; an input that does not fit the state changes nothing.
    ///
    /// - Parameter dice: 0…1, drawn for this attempt, for the jitter of the next wait.
    package mutating func step(_ input: Input, at now: Timestamp, policy: RetryPolicy, sample: Double = 0.5) -> [Action]
    {
        switch input {
        case .due:
            guard let dueAt, dueAt <= now, !isInFlight else { return [] }
            roundInFlight = round
            return [.send(attempt: attempts + 1)]
        case .finished(let result):
            guard let finishedRound = roundInFlight else { return [] }
            roundInFlight = nil
            attempts += 1
            return finish(result, of: finishedRound, at: now, policy: policy, sample: sample)
        case .requeued:
            status = .pending
            round += 1
            attemptsInRound = 0
            dueAt = now
            return [.wait(until: now)]
        case .cancelled:
            guard status == .pending else { return [] }
            // The round ends here, so that a failure under way can't schedule another attempt.
            round += 1
            return fail()
        case .restarted:
            roundInFlight = nil
            return dueAt.map { [.wait(until: $0)] } ?? []
        }
    }

    private mutating func finish(
        _ result: AttemptResult, of finishedRound: Int, at now: Timestamp, policy: RetryPolicy, sample: Double
    ) -> [Action] {
        let isCurrent = finishedRound == round
        if isCurrent { attemptsInRound += 1 }
        if result.isSuccess {
            // What arrived has arrived, even when the subscription was deactivated meanwhile.
            guard isCurrent || status == .failed else { return dueAt.map { [.wait(until: $0)] } ?? [] }
            status = .delivered
            dueAt = nil
            return [.markDelivered]
        }
        if result.meansGone {
            guard status == .pending else { return [.deactivateSubscription] }
            return fail() + [.deactivateSubscription]
        }
        guard isCurrent, status == .pending else { return dueAt.map { [.wait(until: $0)] } ?? [] }
        guard let wait = policy.wait(afterAttempts: attemptsInRound, retryAfter: result.retryAfter, sample: sample)
        else {
            return fail()
        }
        dueAt = now + wait
        return [.wait(until: now + wait)]
    }

    private mutating func fail() -> [Action] {
        status = .failed
        dueAt = nil
        return [.markFailed]
    }
}
