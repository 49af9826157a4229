/// The filter of a list of events (docs/api.md, GET /webhooks/events).
package struct EventFilter: Sendable {
    /// The topic of the events; `nil` for any.
    package var topic: Topic?
    /// The status of the events; `nil` for any.
    package var status: EventStatus?
    /// The earliest instant of creation; `nil` for any.
    package var from: Timestamp?
    /// The instant before which the events were created; `nil` for any.
    package var to: Timestamp?

    /// Creates a filter that every event passes.
    package init() {}

    /// Parses `topic`, `status`, `from_date` and `to_date`, and adds their problems to `failure`.
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
