import Webhooks

/// What came back from a receiver, in a few words.
enum AttemptAnswer {
    /// The error where there is one, which names the status too when it is why the attempt failed.
    static func text(status: JSON?, error: JSON?) -> String {
        guard let status = status?.integer else { return error?.string ?? "" }
        guard let error = error?.string, error != AttemptResult(statusCode: status).failureDescription else {
            return String(status)
        }
        return "\(status), \(error)"
    }
}
