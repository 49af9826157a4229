/// The result of one attempt, with a response or without one.
package struct AttemptResult: Sendable, Equatable {
    /// The status of the receiver's response; `nil` if there was none.
    package var statusCode: Int?
    /// The reason for which there was no complete response or it does not count; `nil` if its status decides.
    package var failure: AttemptFailure?
    /// The wait of the response's `Retry-After`.
    package var retryAfter: TimeSpan?

    /// Creates the result of an attempt.
    package init(statusCode: Int? = nil, failure: AttemptFailure? = nil, retryAfter: TimeSpan? = nil) {
        self.statusCode = statusCode
        self.failure = failure
        self.retryAfter = retryAfter
    }

    /// Whether the event is delivered: only a complete response of 200…299 means that (docs/api.md, Delivery).
    package var isSuccess: Bool {
        guard let statusCode, failure == nil else { return false }
        return (200...299).contains(statusCode)
    }

    /// Whether the response deactivates the subscription.
    package var meansGone: Bool { statusCode == Assumptions.goneStatus && failure == nil }

    /// The reason for which the attempt failed, which may be its status; `nil` if it succeeded.
    package var reasonForFailure: AttemptFailure? {
        if isSuccess { return nil }
        return failure ?? statusCode.map { .status($0) } ?? .noResponse
    }
}
