/// How one attempt ended: with an answer, or without one.
package struct AttemptResult: Sendable, Equatable {
    /// The status of the receiver's answer; `nil` when there was none.
    package var statusCode: Int?
    /// Why there was no whole answer, in words.
    package var error: String?
    /// The wait that the answer asked for.
    package var retryAfter: TimeSpan?

    package init(statusCode: Int? = nil, error: String? = nil, retryAfter: TimeSpan? = nil) {
        self.statusCode = statusCode
        self.error = error
        self.retryAfter = retryAfter
    }

    /// Only a whole answer of 200…299 is (api.md, Delivery).
    package var isSuccess: Bool {
        guard let statusCode, error == nil else { return false }
        return (200...299).contains(statusCode)
    }

    package var meansGone: Bool { statusCode == Assumptions.goneStatus && error == nil }

    /// What `last_error` says of a failed attempt.
    package var failureDescription: String? {
        if isSuccess { return nil }
        if let error { return error }
        guard let statusCode else { return "no answer" }
        return (300...399).contains(statusCode)
            ? "the receiver answered \(statusCode); redirects are not followed" : "the receiver answered \(statusCode)"
    }
}
