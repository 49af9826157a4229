/// Assumptions about the API where its documentation is silent. They are stated only here, so that a newly documented
/// fact is one edit.
///
/// Each is a row of a table in docs/api.md (Assumptions), which names the source of its rule.
package enum Assumptions {
    // Pagination
    /// The number of rows in a page of which the limit is not given.
    package static let defaultLimit = 100
    /// The valid limits of a page.
    package static let limits = 1...100

    // Tokens
    /// The default lifetime of an access token, in virtual time.
    package static let tokenLifetime = TimeSpan.seconds(3600)

    // Subscriptions
    /// The maximum length of an endpoint URL, in bytes.
    package static let longestEndpointURL = 2048
    /// The valid lengths of a secret, in bytes.
    package static let secretLengths = 1...512
    /// The minimum length of a secret of which the last four characters are shown: they would be more than half of a
    /// shorter one.
    package static let shortestSecretShown = 8

    // Deliveries
    /// The default wait before each attempt, in virtual time from the end of the previous attempt.
    package static let retrySchedule: [TimeSpan] = [.zero, .seconds(5), .seconds(30)]
    /// The default share of a wait by which jitter makes it longer or shorter.
    package static let retryJitter = 0.1
    /// The default limit of the real time that an attempt takes.
    package static let deliveryTimeout = TimeSpan.seconds(10)
    /// The maximum wait of a `Retry-After` that is honoured.
    package static let longestRetryAfter = TimeSpan.seconds(3600)
    /// The number of bytes that are kept of the body of a receiver's response.
    package static let responseBytesKept = 16 * 1024
    /// The default limit of concurrent attempts to one subscription.
    package static let deliveryConcurrency = 64
    /// The status of a receiver's response that deactivates its subscription (RFC 9110, 15.5.11 Gone).
    package static let goneStatus = 410

    // Limits of a request
    /// The maximum length of a request's body, in bytes.
    package static let longestBody = 1024 * 1024
    /// The maximum length of a request's header section, in bytes.
    package static let longestHeaders = 32 * 1024
    /// The number of requests per second that profile `faithful` admits from a client.
    package static let faithfulRateLimit = 5

    /// Returns the message in the response of `POST /webhooks/retry`, of which the documentation says only that it has
    /// a message.
    package static func retryMessage(count: Int) -> String {
        count == 1
            ? "1 failed event was queued for delivery again" : "\(count) failed events were queued for delivery again"
    }
}
