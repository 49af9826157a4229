/// Which events a list is narrowed to (docs/api.md, GET /webhooks/events).
package struct EventFilter: Sendable {
    package var topic: Topic?
    package var status: EventStatus?
    /// Inclusive.
    package var from: Timestamp?
    /// Exclusive.
    package var to: Timestamp?

    package init() {}

    /// Reads `topic`, `status`, `from_date` and `to_date`, adding what is wrong to `failure`.
    package init(query: FormFields, failure: inout ValidationFailure) {
        topic = failure.value(query, "topic").flatMap { text in
            failure.collect("topic", .malformed) { try Topic(checking: text) }
        }
        if let text = failure.value(query, "status") {
            status = EventStatus(rawValue: text)
            if status == nil {
                failure.add("status", .unexpected(expected: "pending, delivered or failed"), .malformed)
            }
        }
        from = Self.date("from_date", query, &failure)
        to = Self.date("to_date", query, &failure)
        if let from, let to, from > to { failure.add("from_date", .forbidden("be after to_date"), .malformed) }
    }

    private static func date(_ name: String, _ query: FormFields, _ failure: inout ValidationFailure) -> Timestamp? {
        failure.value(query, name).flatMap { text in
            failure.collect(name, .malformed) { try Timestamp(iso8601: text) }
        }
    }
}
