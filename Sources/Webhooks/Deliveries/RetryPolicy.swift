/// When a failed delivery is tried again.
package struct RetryPolicy: Sendable {
    package let schedule: [TimeSpan]
    package let jitter: Double

    package init(schedule: [TimeSpan], jitter: Double) {
        self.schedule = schedule
        self.jitter = jitter
    }

    package init(_ settings: Settings) {
        self.init(schedule: settings.retrySchedule, jitter: settings.retryJitter)
    }

    /// The wait before the attempt that follows `attemptsMade`, or `nil` when there is none left.
    ///
    /// - Parameters:
    ///   - retryAfter: what the receiver asked for; it takes the schedule's place, up to an hour.
    ///   - dice: 0…1, where the jitter falls in its range.
    package func wait(afterAttempts attempts: Int, retryAfter: TimeSpan? = nil, sample: Double) -> TimeSpan? {
        guard attempts < schedule.count else { return nil }
        if let retryAfter { return min(retryAfter, Assumptions.longestRetryAfter) }
        let wait = Double(schedule[attempts].milliseconds)
        return .milliseconds(Int64((wait * (1 + jitter * (2 * sample - 1))).rounded()))
    }
}
