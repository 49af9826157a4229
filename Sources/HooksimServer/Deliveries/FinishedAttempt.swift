import Webhooks

/// An attempt that ended, with what is written of it.
struct FinishedAttempt: Sendable {
    let delivery: OutgoingDelivery
    let startedAt: Timestamp
    let endedAt: Timestamp
    /// The one that counts, then those to the copies that a fault made.
    let responses: [ReceiverResponse]
    /// Whether the clock stood still.
    let isFrozen: Bool
    /// Drawn for this attempt, for the jitter of the next wait.
    let jitterSample: Double
    /// How many resets there had been when it was claimed.
    let resets: Int
}
