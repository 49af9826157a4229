/// The fields by which the rows of each journal can be found, in expectations over HTTP and in scenarios.
package enum JournalFieldNames {
    package static let events = [
        "attempts", "client_id", "endpoint_url", "entity_id", "id", "last_error", "last_status_code", "status",
        "subscription_id", "topic",
    ]
    package static let attempts = [
        "attempt", "client_id", "endpoint_url", "entity_id", "error", "event_id", "fault", "outcome", "status_code",
        "topic",
    ]
    package static let requests = ["client", "client_id", "fault", "method", "path", "query", "status"]

    /// `nil` for an unknown journal.
    package static func of(_ journal: String) -> [String]? {
        switch journal {
        case "events": events
        case "attempts": attempts
        case "requests": requests
        default: nil
        }
    }
}
