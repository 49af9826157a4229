import Webhooks

/// What came back from a receiver, in a few words.
enum AttemptAnswer {
    /// The failure's text, with the status before it where there was one; a status that decided alone says enough by itself.
    static func text(_ attempt: JSON) -> String {
        let error = attempt["error"]?.string
        guard let status = attempt["status_code"]?.integer else { return error ?? "" }
        guard let error, attempt["failure"]?.string != AttemptFailure.Kind.status.rawValue else {
            return String(status)
        }
        return "\(status), \(error)"
    }
}
