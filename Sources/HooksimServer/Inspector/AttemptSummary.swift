import Webhooks

/// What came back from a receiver, in a few words.
enum AttemptSummary {
    /// The failure's text, with the status before it where there was one; a status that decided alone says enough by itself.
    static func text(statusCode: Int?, failure: AttemptFailure.Kind?, error: String?) -> String {
        guard let statusCode else { return error ?? "" }
        guard let error, failure != .status else { return String(statusCode) }
        return "\(statusCode), \(error)"
    }
}

extension StoredAttempt {
    /// What came back, in a few words.
    var summary: String { AttemptSummary.text(statusCode: statusCode, failure: failure, error: error) }
}
