import Webhooks

/// An attempt as the attempt log has it, for code that reads its fields; unlike an ``AttemptRow`` it needs no statement.
struct StoredAttempt: Sendable {
    let seq: Int
    let eventID: Identifier
    let topic: Topic
    let entityID: String
    let endpointURL: String
    let attempt: Int
    let at: Timestamp
    let durationMilliseconds: Int64
    let statusCode: Int?
    /// Why it failed, as a text for people.
    let error: String?
    /// Why it failed, as a value; `nil` if it did not fail, or if a later version of this program stored it.
    let failure: AttemptFailure.Kind?
    /// The name of the effect of the fault that it met.
    let fault: String?
    let outcome: EventStatus

    init(_ row: AttemptRow) {
        seq = row.seq
        eventID = row.eventID
        topic = row.topic
        entityID = String(decoding: row.entityID, as: UTF8.self)
        endpointURL = String(decoding: row.endpointURL, as: UTF8.self)
        attempt = Int(row.attempt)
        at = row.at
        durationMilliseconds = row.durationMilliseconds
        statusCode = row.statusCode
        error = row.error.map { String(decoding: $0, as: UTF8.self) }
        failure = row.failure.flatMap { AttemptFailure.Kind(rawValue: String(decoding: $0, as: UTF8.self)) }
        fault = row.fault.map { String(decoding: $0, as: UTF8.self) }
        outcome = row.outcome
    }

    /// What came back from a receiver.
    struct Response: Sendable {
        let headers: [(name: String, value: String)]
        /// The start of the body; what is not UTF-8 is replaced.
        let body: String
    }
}
