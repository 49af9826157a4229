import Webhooks

/// The columns of the fields by which events and attempts can be found.
enum ConditionFields {
    static let events = fields(
        RowField.events,
        in: [
            EventFacts.Field.id: "row.id", .subscriptionID: "subscription.id", .clientID: "row.partner",
            .topic: "row.topic", .entityID: "row.entity_id", .status: "row.status", .attempts: "row.attempts",
            .lastStatusCode: "row.last_status_code", .lastError: "row.last_error",
            .endpointURL: "subscription.endpoint_url",
        ])

    static let attempts = fields(
        RowField.attempts,
        in: [
            AttemptFacts.Field.eventID: "event.id", .clientID: "row.partner", .topic: "event.topic",
            .entityID: "event.entity_id", .endpointURL: "row.endpoint_url", .attempt: "row.attempt",
            .statusCode: "row.status_code", .error: "row.error", .failure: "row.failure",
            .fault: "row.fault", .outcome: "row.outcome",
        ])

    private static func fields<Field: RawRepresentable<String> & Hashable>(
        _ fields: [String: RowField], in columns: [Field: String]
    ) -> [String: ConditionField] {
        precondition(Set(fields.keys) == Set(columns.keys.map(\.rawValue)), "every field needs a column")
        return columns.reduce(into: [:]) { found, column in
            let name = column.key.rawValue
            found[name] = fields[name].map { ConditionField(name: name, column: column.value, field: $0) }
        }
    }
}
