import Webhooks

/// The result of an attempt in a few words.
enum AttemptSummary {
    /// Returns the status and the failure's text, as far as there are any; only the status if the status is the
    /// failure.
    static func text(statusCode: Int?, failure: AttemptFailure.Kind?, error: String?) -> String {
        guard let statusCode else { return error ?? "" }
        guard let error, failure != .status else { return String(statusCode) }
        return "\(statusCode), \(error)"
    }
}

extension StoredAttempt {
    /// The result of the attempt in a few words.
    var summary: String { AttemptSummary.text(statusCode: statusCode, failure: failure, error: error) }
}
