import SQLite
import StrictJSON
import Webhooks

/// A row of the attempt log; its texts are valid only until the next step of the statement.
struct AttemptRow {
    /// Text in memory that SQLite owns.
    typealias Bytes = UnsafeBufferPointer<UInt8>

    let seq: Int
    let eventID: Identifier
    let topic: Topic
    let entityID: Bytes
    let endpointURL: Bytes
    let attempt: Int64
    let at: Timestamp
    let durationMilliseconds: Int64
    let statusCode: Int?
    let error: Bytes?
    let failure: Bytes?
    let fault: Bytes?
    let outcome: EventStatus
    /// The row number of the partner.
    let partner: Int

    /// The columns that ``init(_:)`` reads: those of the attempt with the alias `row`, those of its event with the
    /// alias `event`.
    static let columns = """
        row.seq, event.id, event.topic, event.entity_id, row.endpoint_url, row.attempt, row.at, row.duration_ms, row.status_code, \
        row.error, row.failure, row.fault, row.outcome, row.partner
        """
    /// The number of ``columns``, which is the index of the first column that a query adds.
    static let width: Int32 = 14

    /// Reads a row of ``columns``.
    ///
    /// - Throws: ``SQLiteError`` if no version of this program stores such a row.
    init(_ row: Statement) throws {
        seq = try row.integer(0)
        eventID = try row.identifier(1)
        topic = try row.topic(2)
        entityID = row.bytes(3)
        endpointURL = row.bytes(4)
        attempt = row.int64(5)
        at = try row.timestamp(6)
        durationMilliseconds = row.int64(7)
        statusCode = try row.optional(8, row.integer)
        error = row.optional(9, row.bytes)
        failure = row.optional(10, row.bytes)
        fault = row.optional(11, row.bytes)
        outcome = try row.status(12)
        partner = try row.integer(13)
    }

    /// Writes the members of the JSON object that represents the row in the control API.
    func writeMembers(clientID: String?, to writer: inout JSONWriter) {
        writer.name("seq")
        writer.integer(seq)
        writer.name("event_id")
        writer.identifier(eventID)
        writer.name("topic")
        writer.string(topic.rawValue)
        writer.name("entity_id")
        writer.string(utf8: entityID)
        writer.name("client_id")
        if let clientID { writer.string(clientID) } else { writer.null() }
        writer.name("endpoint_url")
        writer.string(utf8: endpointURL)
        writer.name("attempt")
        writer.integer(attempt)
        writer.name("at")
        writer.timestamp(at)
        writer.name("duration_ms")
        writer.integer(durationMilliseconds)
        writer.name("status_code")
        if let statusCode { writer.integer(statusCode) } else { writer.null() }
        for (name, text) in [("error", error), ("failure", failure), ("fault", fault)] as [(StaticString, Bytes?)] {
            writer.name(name)
            if let text { writer.string(utf8: text) } else { writer.null() }
        }
        writer.name("outcome")
        writer.string(outcome.rawValue)
    }
}
