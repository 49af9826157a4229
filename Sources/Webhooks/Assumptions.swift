/// What nobody outside knows of the API, decided here and nowhere else, so that a newly learnt truth is one edit.
///
/// Each is a row of a table, with where its rule comes from (docs/api.md, Assumptions).
package enum Assumptions {
    // Pagination
    package static let defaultLimit = 100
    package static let limits = 1...100

    // Tokens
    package static let tokenLifetime = TimeSpan.seconds(3600)

    // Subscriptions
    package static let longestEndpointURL = 2048
    package static let secretLengths = 1...512
    /// A shorter secret would be told by half of its last four characters.
    package static let shortestSecretShown = 8

    // Deliveries
    /// The wait before each attempt, counted from the end of the one before.
    package static let retrySchedule: [TimeSpan] = [.zero, .seconds(5), .seconds(30)]
    package static let retryJitter = 0.1
    package static let deliveryTimeout = TimeSpan.seconds(10)
    package static let longestRetryAfter = TimeSpan.seconds(3600)
    package static let responseBytesKept = 16 * 1024
    package static let deliveryConcurrency = 64
    /// The receiver's answer that ends a subscription (RFC 9110, 15.5.11 Gone).
    package static let goneStatus = 410

    // Limits of a request
    package static let longestBody = 1024 * 1024
    package static let longestHeaders = 32 * 1024
    package static let faithfulRateLimit = 5

    /// The answer of `POST /webhooks/retry`, whose documented form is only that it has a message.
    package static func retryMessage(count: Int) -> String {
        count == 1
            ? "1 failed event was queued for delivery again" : "\(count) failed events were queued for delivery again"
    }
}
