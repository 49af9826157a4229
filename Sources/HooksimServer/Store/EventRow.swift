import SQLite
import StrictJSON
import Webhooks

/// A row of the table of events. Its texts and its payload are valid until the next step of the statement.
struct EventRow {
    /// Text that belongs to SQLite or to the caller.
    typealias Bytes = UnsafeBufferPointer<UInt8>

    var createdAt: Timestamp
    var id: Identifier
    /// The row number of its subscription.
    var subscription: Int
    var topic: Topic
    var entityID: Bytes
    var status = EventStatus.pending
    var attempts = 0
    var lastStatusCode: Int?
    var lastError: Bytes?
    var payload: Bytes
    var updatedAt: Timestamp
    var deliveredAt: Timestamp?

    /// The columns that ``init(_:)`` reads, of a table with the alias `row`. A page is found by the first two.
    static let columns = """
        row.created_at, row.id, row.subscription, row.topic, row.entity_id, row.status, row.attempts, row.last_status_code, \
        row.last_error, row.payload, row.updated_at, row.delivered_at
        """
    /// The number of ``columns``, which is the index of the first column that a query adds to them.
    static let width: Int32 = 12

    /// Writes the row as an object, in the form that both APIs have.
    ///
    /// Rows are written without a copy, because a page of them is the simulator's most frequent response.
    func write(partnerID: Identifier, subscriptionID: Identifier, to writer: inout JSONWriter) {
        writer.beginObject()
        writeMembers(partnerID: partnerID, subscriptionID: subscriptionID, to: &writer)
        writer.endObject()
    }

    /// Writes the members of the row's object.
    ///
    /// - Parameter attemptsName: the member that has the number of attempts.
    func writeMembers(
        partnerID: Identifier, subscriptionID: Identifier, attemptsName: StaticString = "attempts",
        to writer: inout JSONWriter
    ) {
        writer.name("id")
        writer.identifier(id)
        writer.name("partner_id")
        writer.identifier(partnerID)
        writer.name("subscription_id")
        writer.identifier(subscriptionID)
        writer.name("topic")
        writer.string(topic.rawValue)
        writer.name("entity_id")
        writer.string(utf8: entityID)
        writer.name("status")
        writer.string(status.rawValue)
        writer.name(attemptsName)
        writer.integer(attempts)
        writer.name("last_status_code")
        if let lastStatusCode { writer.integer(lastStatusCode) } else { writer.null() }
        writer.name("last_error")
        if let lastError { writer.string(utf8: lastError) } else { writer.null() }
        writer.name("payload")
        writer.raw(payload)
        writer.name("created_at")
        writer.timestamp(createdAt)
        writer.name("updated_at")
        writer.timestamp(updatedAt)
        writer.name("delivered_at")
        if let deliveredAt { writer.timestamp(deliveredAt) } else { writer.null() }
    }
}

extension EventRow {
    /// Reads a row of ``columns``.
    ///
    /// - Throws: a ``SQLiteError`` of damage if no version of this program stores such a row.
    init(_ row: Statement) throws {
        createdAt = try row.timestamp(0)
        id = try row.identifier(1)
        subscription = try row.integer(2)
        topic = try row.topic(3)
        entityID = row.bytes(4)
        status = try row.status(5)
        attempts = try row.integer(6)
        // `optional` would allocate a closure for each column of each row of the busiest pages.
        lastStatusCode = row.isNull(7) ? nil : try row.integer(7)
        lastError = row.isNull(8) ? nil : row.bytes(8)
        payload = row.bytes(9)
        updatedAt = try row.timestamp(10)
        deliveredAt = row.isNull(11) ? nil : try row.timestamp(11)
    }
}
