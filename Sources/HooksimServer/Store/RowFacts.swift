import SQLite
import Webhooks

/// What conditions compare of an event, except for its payload.
struct EventFacts: RowFacts {
    enum Field: String, Sendable, CaseIterable {
        case id, topic, status, attempts
        case subscriptionID = "subscription_id"
        case clientID = "client_id"
        case entityID = "entity_id"
        case lastStatusCode = "last_status_code"
        case lastError = "last_error"
        case endpointURL = "endpoint_url"
    }

    let row: Int
    let id: Identifier
    /// The row number of the partner.
    let partner: Int
    let topic: Topic
    let entityID: String
    let subscription: SubscriptionTable.Identity
    var status = EventStatus.pending
    var attempts = 0
    var lastStatusCode: Int?
    var lastError: String?

    subscript(field: Field) -> FieldValue {
        switch field {
        case .id: .identifier(id)
        case .topic: .integer(topic.number)
        case .status: .integer(status.number)
        case .attempts: .integer(attempts)
        case .subscriptionID: .identifier(subscription.id)
        case .clientID: .integer(partner)
        case .entityID: .text(entityID)
        case .lastStatusCode: FieldValue(orNull: lastStatusCode)
        case .lastError: FieldValue(orNull: lastError)
        case .endpointURL: .text(subscription.endpointURL)
        }
    }
}

extension EventFacts {
    /// Returns the facts of the events that meet a condition on the columns of ``EventTable/joinedSource``, except for
    /// those of removed partners.
    static func all(where condition: String, _ values: any SQLValue..., in session: StoreSession) throws -> [Self] {
        let rows = try session.prepare(
            """
            SELECT row.event, row.id, row.partner, row.topic, row.entity_id, subscription.id, subscription.endpoint_url,
            row.status, row.attempts, row.last_status_code, row.last_error FROM \(EventTable.joinedSource)
            JOIN partners AS partner ON partner.partner = row.partner WHERE \(condition)
            """, values: values)
        defer { rows.reset() }
        var found: [Self] = []
        while try rows.step() {
            found.append(
                Self(
                    row: try rows.integer(0), id: try rows.identifier(1), partner: try rows.integer(2),
                    topic: try rows.topic(3), entityID: rows.string(4),
                    subscription: .init(id: try rows.identifier(5), endpointURL: rows.string(6)),
                    status: try rows.status(7), attempts: try rows.integer(8),
                    lastStatusCode: try rows.optional(9, rows.integer), lastError: rows.optional(10, rows.string)))
        }
        return found
    }
}

/// What conditions compare of an attempt; none of it ever changes.
struct AttemptFacts: RowFacts {
    enum Field: String, Sendable, CaseIterable {
        case topic, attempt, error, failure, fault, outcome
        case eventID = "event_id"
        case clientID = "client_id"
        case entityID = "entity_id"
        case endpointURL = "endpoint_url"
        case statusCode = "status_code"
    }

    let row: Int
    let eventID: Identifier
    /// The row number of the partner.
    let partner: Int
    let topic: Topic
    let entityID: String
    let endpointURL: String
    let attempt: Int
    let statusCode: Int?
    let error: String?
    let failure: String?
    let fault: String?
    let outcome: EventStatus

    subscript(field: Field) -> FieldValue {
        switch field {
        case .topic: .integer(topic.number)
        case .attempt: .integer(attempt)
        case .error: FieldValue(orNull: error)
        case .failure: FieldValue(orNull: failure)
        case .fault: FieldValue(orNull: fault)
        case .outcome: .integer(outcome.number)
        case .eventID: .identifier(eventID)
        case .clientID: .integer(partner)
        case .entityID: .text(entityID)
        case .endpointURL: .text(endpointURL)
        case .statusCode: FieldValue(orNull: statusCode)
        }
    }
}

extension AttemptFacts {
    /// Returns the facts of the attempts that meet a condition on the columns of ``AttemptTable/source``, except for
    /// those of removed partners.
    static func all(where condition: String, _ values: any SQLValue..., in session: StoreSession) throws -> [Self] {
        let rows = try session.prepare(
            """
            SELECT row.seq, event.id, row.partner, event.topic, event.entity_id, row.endpoint_url, row.attempt,
            row.status_code, row.error, row.failure, row.fault, row.outcome FROM \(AttemptTable.source) WHERE \(condition)
            """, values: values)
        defer { rows.reset() }
        var found: [Self] = []
        while try rows.step() {
            found.append(
                Self(
                    row: try rows.integer(0), eventID: try rows.identifier(1), partner: try rows.integer(2),
                    topic: try rows.topic(3), entityID: rows.string(4), endpointURL: rows.string(5),
                    attempt: try rows.integer(6), statusCode: try rows.optional(7, rows.integer),
                    error: rows.optional(8, rows.string), failure: rows.optional(9, rows.string),
                    fault: rows.optional(10, rows.string), outcome: try rows.status(11)))
        }
        return found
    }
}
