/// One event on its way to one subscription, as a pure state machine: it decides on actions, and its caller does the
/// I/O.
///
/// A *round* is one run through the retry schedule. A resend or a retry begins a new round, even if an attempt of an
/// older one is in flight. Such an attempt is only counted, unless its response deactivates the subscription, or it
/// succeeds after the event has failed.
package struct Delivery: Sendable, Equatable {
    /// An input of the state machine.
    package enum Input: Sendable, Equatable {
        /// The clock has reached ``Delivery/dueAt``.
        case due
        /// The attempt in flight ended.
        case finished(AttemptResult)
        /// A resend or a retry requested a new round.
        case requeued
        /// The subscription was deactivated.
        case cancelled
        /// The process started, so no attempt of the previous process is in flight.
        case restarted
    }

    /// An action that the caller has to take.
    package enum Action: Sendable, Equatable {
        /// Send the event; the attempt is counted from 1.
        case send(attempt: Int)
        /// Send the input `due` at this instant.
        case wait(until: Timestamp)
        /// Store that the event is delivered.
        case markDelivered
        /// Store that the event has failed.
        case markFailed
        /// Deactivate the subscription.
        case deactivateSubscription
    }

    /// The status of the event.
    package private(set) var status = EventStatus.pending
    /// The number of attempts that ended, in all rounds.
    package private(set) var attempts = 0
    /// The number of attempts that ended in the current round.
    package private(set) var attemptsInRound = 0
    /// The number of the current round, counted from 0.
    package private(set) var round = 0
    /// The instant at which the next attempt is due; `nil` unless the event is pending.
    package private(set) var dueAt: Timestamp?
    /// The round of the attempt in flight; `nil` if there is none.
    package private(set) var roundInFlight: Int?

    /// Creates the delivery of a new event, whose first attempt is due after the schedule's first wait.
    ///
    /// - Parameters:
    ///   - createdAt: the instant at which the event was created.
    ///   - policy: the retry policy in force.
    ///   - sample: a random number from 0 to 1 for the jitter of the first wait.
    package init(createdAt: Timestamp, policy: RetryPolicy, sample: Double) {
        dueAt = createdAt + (policy.wait(afterAttempts: 0, sample: sample) ?? .zero)
    }

    /// Creates a delivery from its state in the store.
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

    /// Whether an attempt is in flight.
    package var isInFlight: Bool { roundInFlight != nil }

    /// Applies an input, and returns the actions that it leads to. An input that does not fit the state changes
    /// nothing.
    ///
    /// - Parameters:
    ///   - input: the input.
    ///   - now: the virtual time of the input.
    ///   - policy: the retry policy in force.
    ///   - sample: a random number from 0 to 1, drawn for this attempt, for the jitter of the next wait.
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
            // The round ends here, so that a failure of the attempt in flight can't schedule another attempt.
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
            // A delivery that succeeded counts even if the subscription was deactivated during the attempt.
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
