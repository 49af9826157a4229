import Webhooks

/// An attempt that has ended, with the data that is recorded about it.
struct FinishedAttempt: Sendable {
    let delivery: OutgoingDelivery
    let startedAt: Timestamp
    let endedAt: Timestamp
    /// The response that decides the outcome, followed by the responses to the duplicates that a fault added.
    let responses: [ReceiverResponse]
    /// Whether the clock was frozen when the attempt ended.
    let isFrozen: Bool
    /// The random sample for the jitter of the wait before the next attempt.
    let jitterSample: Double
    /// The number of resets at the time when the attempt was claimed.
    let resets: Int
}
