import Webhooks

/// An attempt that ended, with what is written of it.
struct FinishedAttempt: Sendable {
    let delivery: OutgoingDelivery
    let startedAt: Timestamp
    let endedAt: Timestamp
    let answer: ReceiverAnswer
    var fault: String?
}

/// The table of attempts: the delivery journal.
enum AttemptRecord {
    static let source = "attempts AS row JOIN events AS event ON event.event = row.event"
    static let columns = """
        row.seq, event.id, event.topic, event.entity_id, row.endpoint_url, row.attempt, row.at, row.duration_ms, row.status_code, \
        row.error, row.fault, row.outcome, row.partner, row.answer_headers, row.answer_body
        """

    static func insert(_ attempt: FinishedAttempt, _ connection: Connection) throws {
        let result = attempt.answer.result
        var headers = JSONWriter()
        headers.beginArray()
        for header in attempt.answer.headers {
            headers.beginArray()
            headers.string(header.name)
            headers.string(header.value)
            headers.endArray()
        }
        headers.endArray()
        try connection.run(
            """
            INSERT INTO attempts (event, partner, ticket, attempt, at, duration_ms, status_code, outcome, endpoint_url, error, fault,
            answer_headers, answer_body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """, attempt.delivery.event, attempt.delivery.partner, attempt.delivery.ticket, attempt.delivery.attempt,
            attempt.startedAt, (attempt.endedAt - attempt.startedAt).milliseconds, result.statusCode,
            result.isSuccess ? EventStatus.delivered.number : EventStatus.failed.number, attempt.delivery.endpointURL,
            result.failureDescription, attempt.fault, String(decoding: headers.bytes, as: UTF8.self),
            attempt.answer.body)
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
        writer.string(Topic(number: statement.integer(2))!.rawValue)
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
        writer.name("fault")
        if statement.isNull(10) { writer.null() } else { writer.string(utf8: statement.bytes(10)) }
        writer.name("outcome")
        writer.string(EventStatus(number: statement.integer(11))!.rawValue)
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
