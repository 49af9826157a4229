import Webhooks

/// An attempt that ended, with what is written of it.
struct FinishedAttempt: Sendable {
    let delivery: OutgoingDelivery
    let startedAt: Timestamp
    let endedAt: Timestamp
    /// The one that counts, then those to the copies that a fault made.
    let answers: [ReceiverAnswer]
    /// Whether the clock stood still.
    let isFrozen: Bool
    /// Drawn for this attempt, for the jitter of the next wait.
    let dice: Double
    /// How many resets there had been when it was claimed.
    let epoch: Int
}

/// The table of attempts: the delivery journal.
enum AttemptRecord {
    static let source = "attempts AS row JOIN events AS event ON event.event = row.event"
    static let columns = """
        row.seq, event.id, event.topic, event.entity_id, row.endpoint_url, row.attempt, row.at, row.duration_ms, row.status_code, \
        row.error, row.fault, row.outcome, row.partner, row.answer_headers, row.answer_body, row.failure
        """

    static func insert(_ attempt: FinishedAttempt, copy: Int, _ connection: Connection) throws {
        let answer = attempt.answers[copy]
        let failure = answer.result.reasonForFailure
        var headers = JSONWriter()
        headers.beginArray()
        for header in answer.headers {
            headers.beginArray()
            headers.string(header.name)
            headers.string(header.value)
            headers.endArray()
        }
        headers.endArray()
        try connection.run(
            """
            INSERT INTO attempts (seq, event, partner, ticket, attempt, copy, at, duration_ms, status_code, outcome, endpoint_url,
            error, failure, fault, answer_headers, answer_body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """, attempt.isFrozen ? try placeInFrozenInstant(attempt, copy: copy, connection) : nil,
            attempt.delivery.event,
            attempt.delivery.partner, attempt.delivery.ticket, attempt.delivery.attempt, copy, attempt.startedAt,
            (attempt.endedAt - attempt.startedAt).milliseconds, answer.result.statusCode,
            answer.result.isSuccess ? EventStatus.delivered.number : EventStatus.failed.number,
            attempt.delivery.endpointURL,
            failure?.description, failure?.kind.rawValue, attempt.delivery.fault?.effect.name,
            String(decoding: headers.bytes, as: UTF8.self), answer.body)
    }

    /// The place of an attempt among those that ended at the same frozen instant; `nil` is after all of them.
    ///
    /// They really end in whatever order the machine's load has it, but the journal of one seed must be the same every time. So within
    /// an instant it is ordered by who asked first, and later rows move up by one.
    private static func placeInFrozenInstant(
        _ attempt: FinishedAttempt, copy: Int, _ connection: Connection
    ) throws -> Int? {
        let key = (attempt.delivery.ticket, attempt.delivery.attempt, copy)
        var place: Int?
        let rows = try connection.prepare(
            "SELECT seq, at + duration_ms, ticket, attempt, copy FROM attempts ORDER BY seq DESC")
        while try rows.step() {
            guard rows.timestamp(1) == attempt.endedAt, (rows.integer(2), rows.integer(3), rows.integer(4)) > key else {
                break
            }
            place = rows.integer(0)
        }
        rows.reset()
        guard let place else { return nil }
        // By way of negative numbers, since two rows can't have the same one even for a moment.
        try connection.run("UPDATE attempts SET seq = -seq - 1 WHERE seq >= ?", place)
        try connection.run("UPDATE attempts SET seq = -seq WHERE seq < 0")
        return place
    }

    /// Writes a journal row from a row of ``columns``.
    static func write(_ statement: Statement, clientID: String?, withAnswer: Bool = false, to writer: inout JSONWriter)
    {
        writer.beginObject()
        writer.name("seq")
        writer.integer(statement.int64(0))
        writer.name("event_id")
        writer.identifier(statement.identifier(1))
        writer.name("topic")
        writer.string(statement.topic(2).rawValue)
        writer.name("entity_id")
        writer.string(utf8: statement.bytes(3))
        writer.name("client_id")
        if let clientID { writer.string(clientID) } else { writer.null() }
        writer.name("endpoint_url")
        writer.string(utf8: statement.bytes(4))
        writer.name("attempt")
        writer.integer(statement.int64(5))
        writer.name("at")
        writer.timestamp(statement.timestamp(6))
        writer.name("duration_ms")
        writer.integer(statement.int64(7))
        writer.name("status_code")
        if statement.isNull(8) { writer.null() } else { writer.integer(statement.int64(8)) }
        writer.name("error")
        if statement.isNull(9) { writer.null() } else { writer.string(utf8: statement.bytes(9)) }
        writer.name("failure")
        if statement.isNull(15) { writer.null() } else { writer.string(utf8: statement.bytes(15)) }
        writer.name("fault")
        if statement.isNull(10) { writer.null() } else { writer.string(utf8: statement.bytes(10)) }
        writer.name("outcome")
        writer.string(statement.status(11).rawValue)
        if withAnswer {
            writer.name("answer")
            writer.beginObject()
            writer.name("headers")
            if statement.isNull(13) { writer.null() } else { writer.raw(statement.bytes(13)) }
            writer.name("body")
            // What a receiver answers may be any bytes; what is not UTF-8 is replaced.
            writer.string(statement.string(14))
            writer.endObject()
        }
        writer.endObject()
    }
}
