import Webhooks

/// An event as the table of events has it, for code that reads its fields; unlike an ``EventRow`` it needs no statement.
struct StoredEvent: Sendable {
    let id: Identifier
    let topic: Topic
    let entityID: String
    let status: EventStatus
    /// How many attempts were made.
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

/// An event with all that belongs to it.
struct InspectedEvent: Sendable {
    let event: StoredEvent
    /// One JSON text: the very bytes that are sent.
    let payload: [UInt8]
    let clientID: String
    let endpointURL: String
    /// When the next attempt is due; `nil` when there will be none.
    let nextAttemptAt: Timestamp?
    let attempts: [(attempt: StoredAttempt, response: StoredAttempt.Response)]
}
