import Webhooks

/// The fields by which events and attempts can be found, as their journals name them.
enum JournalFields {
    static let events: [String: ConditionField] = [
        "id": .init(column: "row.id", kind: .identifier),
        "subscription_id": .init(column: "subscription.id", kind: .identifier),
        "client_id": .init(column: "row.partner", kind: .client),
        "topic": .init(column: "row.topic", kind: .topic),
        "entity_id": .init(column: "row.entity_id", kind: .text),
        "status": .init(column: "row.status", kind: .status([.pending, .delivered, .failed])),
        "attempts": .init(column: "row.attempts", kind: .integer),
        "last_status_code": .init(column: "row.last_status_code", kind: .integer),
        "last_error": .init(column: "row.last_error", kind: .text),
        "endpoint_url": .init(column: "subscription.endpoint_url", kind: .text),
    ]

    static let attempts: [String: ConditionField] = [
        "event_id": .init(column: "event.id", kind: .identifier),
        "client_id": .init(column: "row.partner", kind: .client),
        "topic": .init(column: "event.topic", kind: .topic),
        "entity_id": .init(column: "event.entity_id", kind: .text),
        "endpoint_url": .init(column: "row.endpoint_url", kind: .text),
        "attempt": .init(column: "row.attempt", kind: .integer),
        "status_code": .init(column: "row.status_code", kind: .integer),
        "error": .init(column: "row.error", kind: .text),
        "fault": .init(column: "row.fault", kind: .text),
        "outcome": .init(column: "row.outcome", kind: .status([.delivered, .failed])),
    ]

    static let requests: [String] = ["client", "client_id", "fault", "method", "path", "query", "status"]
}
