/// The waits between the attempts of a delivery.
package struct RetryPolicy: Sendable {
    /// The wait before each attempt, counted from the end of the previous attempt.
    package let schedule: [TimeSpan]
    /// The share of a wait by which it may be longer or shorter, 0…1.
    package let jitter: Double

    /// Creates a policy from a schedule and its jitter.
    package init(schedule: [TimeSpan], jitter: Double) {
        self.schedule = schedule
        self.jitter = jitter
    }

    /// Creates the policy of the settings.
    package init(_ settings: Settings) {
        self.init(schedule: settings.retrySchedule, jitter: settings.retryJitter)
    }

    /// Returns the wait before the next attempt, or `nil` if no attempt is left.
    ///
    /// - Parameters:
    ///   - attempts: the number of attempts that ended in this round.
    ///   - retryAfter: the wait that the receiver asked for, which replaces that of the schedule, up to an hour.
    ///   - sample: a random number from 0 to 1, which determines the jitter within its range.
    package func wait(afterAttempts attempts: Int, retryAfter: TimeSpan? = nil, sample: Double) -> TimeSpan? {
        guard attempts < schedule.count else { return nil }
        if let retryAfter { return min(retryAfter, Assumptions.longestRetryAfter) }
        let wait = Double(schedule[attempts].milliseconds)
        return .milliseconds(Int64((wait * (1 + jitter * (2 * sample - 1))).rounded()))
    }
}
