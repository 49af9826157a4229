import Webhooks

/// The columns of the fields by which events and attempts can be found.
enum ConditionFields {
    static let events = fields(
        RowField.events,
        in: [
            "id": "row.id", "subscription_id": "subscription.id", "client_id": "row.partner", "topic": "row.topic",
            "entity_id": "row.entity_id", "status": "row.status", "attempts": "row.attempts",
            "last_status_code": "row.last_status_code", "last_error": "row.last_error",
            "endpoint_url": "subscription.endpoint_url",
        ])

    static let attempts = fields(
        RowField.attempts,
        in: [
            "event_id": "event.id", "client_id": "row.partner", "topic": "event.topic",
            "entity_id": "event.entity_id", "endpoint_url": "row.endpoint_url", "attempt": "row.attempt",
            "status_code": "row.status_code", "error": "row.error", "failure": "row.failure",
            "fault": "row.fault", "outcome": "row.outcome",
        ])

    private static func fields(
        _ fields: [String: RowField], in columns: [String: String]
    ) -> [String: ConditionField] {
        precondition(Set(fields.keys) == Set(columns.keys), "every field needs a column")
        return columns.reduce(into: [:]) { found, column in
            found[column.key] = fields[column.key].map { ConditionField(column: column.value, field: $0) }
        }
    }
}
