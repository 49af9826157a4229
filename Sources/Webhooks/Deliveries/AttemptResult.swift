/// How one attempt ended: with a response, or without one.
package struct AttemptResult: Sendable, Equatable {
    /// The status of the receiver's response; `nil` when there was none.
    package var statusCode: Int?
    /// Why there was no complete response, or why it does not count; `nil` when its status decides.
    package var failure: AttemptFailure?
    /// The wait that the response asked for.
    package var retryAfter: TimeSpan?

    package init(statusCode: Int? = nil, failure: AttemptFailure? = nil, retryAfter: TimeSpan? = nil) {
        self.statusCode = statusCode
        self.failure = failure
        self.retryAfter = retryAfter
    }

    /// Only a complete response of 200…299 is (docs/api.md, Delivery).
    package var isSuccess: Bool {
        guard let statusCode, failure == nil else { return false }
        return (200...299).contains(statusCode)
    }

    package var meansGone: Bool { statusCode == Assumptions.goneStatus && failure == nil }

    /// Why the attempt failed, which its status may be alone; `nil` when it did not.
    package var reasonForFailure: AttemptFailure? {
        if isSuccess { return nil }
        return failure ?? statusCode.map { .status($0) } ?? .noResponse
    }
}
