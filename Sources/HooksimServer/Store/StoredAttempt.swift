import Webhooks

/// The fields of an attempt in the attempt log; unlike an ``AttemptRow``, the value does not depend on a statement.
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
    /// The reason for the failure, as a text for people.
    let error: String?
    /// The kind of failure; `nil` if the attempt did not fail, or if a later version of this program stored it.
    let failure: AttemptFailure.Kind?
    /// The name of the effect of the fault that applied to the attempt.
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

    /// The response of a receiver.
    struct Response: Sendable {
        let headers: [(name: String, value: String)]
        /// The start of the body; bytes that are not UTF-8 are replaced.
        let body: String
    }
}
