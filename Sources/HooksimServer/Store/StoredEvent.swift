import Webhooks

/// The fields of an event in the table of events; unlike an ``EventRow``, the value does not depend on a statement.
struct StoredEvent: Sendable {
    let id: Identifier
    let topic: Topic
    let entityID: String
    let status: EventStatus
    /// The number of attempts so far.
    let attempts: Int
    let lastStatusCode: Int?
    let lastError: String?
    let createdAt: Timestamp

    init(_ row: EventRow) {
        id = row.id
        topic = row.topic
        entityID = String(decoding: row.entityID, as: UTF8.self)
        status = row.status
        attempts = row.attempts
        lastStatusCode = row.lastStatusCode
        lastError = row.lastError.map { String(decoding: $0, as: UTF8.self) }
        createdAt = row.createdAt
    }
}

/// An event with its payload, client, subscription and attempts.
struct InspectedEvent: Sendable {
    let event: StoredEvent
    /// The payload as JSON, in exactly the bytes that are sent.
    let payload: [UInt8]
    let clientID: String
    let endpointURL: String
    /// The instant at which the next attempt is due; `nil` if there is none.
    let nextAttemptAt: Timestamp?
    let attempts: [(attempt: StoredAttempt, response: StoredAttempt.Response)]
}
