import SQLite
import StrictJSON
import Webhooks

/// The table of attempts: the attempt log.
enum AttemptTable {
    /// The table joined to the tables that its rows need; the rows of removed partners are not among them.
    static let source = """
        attempts AS row JOIN events AS event ON event.event = row.event
        JOIN partners AS partner ON partner.partner = row.partner
        """
    /// The query for the attempts at an event with their responses, oldest first.
    private static let ofEvent =
        "SELECT \(AttemptRow.columns), row.response_headers, row.response_body FROM \(source) WHERE row.event = ? ORDER BY row.seq"

    static func insert(_ attempt: FinishedAttempt, copy: Int, _ session: StoreSession) throws {
        let response = attempt.responses[copy]
        let failure = response.result.reasonForFailure
        var headers = JSONWriter()
        headers.beginArray()
        for header in response.headers {
            headers.beginArray()
            headers.string(header.name)
            headers.string(header.value)
            headers.endArray()
        }
        headers.endArray()
        let number = try AttemptOrder.number(of: attempt, copy: copy, session)
        try session.run(
            """
            INSERT INTO attempts (seq, event, partner, ticket, attempt, copy, at, duration_ms, status_code, outcome, endpoint_url,
            error, failure, fault, response_headers, response_body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """, number, attempt.delivery.event,
            attempt.delivery.partner, attempt.delivery.ticket, attempt.delivery.attempt, copy, attempt.startedAt,
            (attempt.endedAt - attempt.startedAt).milliseconds, response.result.statusCode,
            response.result.isSuccess ? EventStatus.delivered.number : EventStatus.failed.number,
            attempt.delivery.endpointURL,
            failure?.description, failure?.kind.rawValue, attempt.delivery.fault?.effect.name,
            String(decoding: headers.bytes, as: UTF8.self), response.body)
        if session.waitingCounts.hasAttempts { note(attempt, copy: copy, session) }
    }

    /// Notes the attempt that was just inserted.
    private static func note(_ attempt: FinishedAttempt, copy: Int, _ session: StoreSession) {
        let (delivery, result) = (attempt.delivery, attempt.responses[copy].result)
        let failure = result.reasonForFailure
        let facts = AttemptFacts(
            row: Int(session.connection.lastInsertedRow), eventID: delivery.eventID, partner: delivery.partner,
            topic: delivery.topic, entityID: delivery.entityID, endpointURL: delivery.endpointURL,
            attempt: delivery.attempt, statusCode: result.statusCode, error: failure?.description,
            failure: failure?.kind.rawValue, fault: delivery.fault?.effect.name,
            outcome: result.isSuccess ? .delivered : .failed)
        session.noteAttempt(from: nil, to: facts)
    }
}

// MARK: Reading

extension AttemptTable {
    /// Writes the attempts that match a condition among those that follow a number, oldest first, as elements of an
    /// array.
    ///
    /// - Parameters:
    ///   - examined: the maximum number of attempts that are compared with the condition; `nil` for all, if an index
    ///     finds those that match.
    ///   - clientIDs: The client ids of partners by their row numbers.
    /// - Returns: the number of the last attempt that was compared, or `nil` if there was none; and the number of
    ///   attempts that were written, at most `limit`.
    static func write(
        _ condition: Condition, after number: Int, examining examined: Int?, limit: Int, clientIDs: [Int: String],
        to writer: inout JSONWriter, _ session: StoreSession
    ) throws -> (last: Int?, count: Int) {
        let last = try lastExamined(after: number, limit: examined, session)
        guard let last else { return (nil, 0) }
        let rows = try session.prepare(
            """
            SELECT \(AttemptRow.columns) FROM \(source) WHERE \(condition.sql) AND row.seq > ? AND row.seq <= ?
            ORDER BY row.seq LIMIT ?
            """, values: condition.values + [number, last, limit])
        defer { rows.reset() }
        var count = 0
        while try rows.step() {
            let row = try AttemptRow(rows)
            writer.beginObject()
            row.writeMembers(clientID: clientIDs[row.partner], to: &writer)
            writer.endObject()
            count += 1
        }
        return (last, count)
    }

    /// Returns the last of the next `limit` attempts after a number; `nil` if none follows.
    private static func lastExamined(after number: Int, limit: Int?, _ session: StoreSession) throws -> Int? {
        guard let limit else {
            let last = try last(session)
            return last > number ? last : nil
        }
        return try session.first(
            "SELECT MAX(seq) FROM (SELECT seq FROM attempts WHERE seq > ? ORDER BY seq LIMIT ?)", number, limit
        ) { try $0.optional(0, $0.integer) } ?? nil
    }

    /// Writes the attempts at an event with the responses of the receiver, as elements of an array.
    static func write(ofEvent event: Int, clientID: String, to writer: inout JSONWriter, _ session: StoreSession) throws
    {
        let rows = try session.prepare(ofEvent, event)
        defer { rows.reset() }
        let (headers, body) = (AttemptRow.width, AttemptRow.width + 1)
        while try rows.step() {
            writer.beginObject()
            try AttemptRow(rows).writeMembers(clientID: clientID, to: &writer)
            writer.name("response")
            writer.beginObject()
            writer.name("headers")
            if rows.isNull(headers) { writer.null() } else { writer.raw(rows.bytes(headers)) }
            writer.name("body")
            // The body of a response may be any bytes; bytes that are not UTF-8 are replaced.
            writer.string(rows.string(body))
            writer.endObject()
            writer.endObject()
        }
    }

    /// Returns the number of attempts that match a condition.
    static func count(_ condition: Condition, _ session: StoreSession) throws -> Int {
        let rows = try session.prepare(
            "SELECT COUNT(*) FROM \(source) WHERE \(condition.sql)", values: condition.values)
        defer { rows.reset() }
        return try rows.step() ? try rows.integer(0) : 0
    }

    /// Returns the attempts at an event with their responses, oldest first.
    static func attempts(
        ofEvent event: Int, _ session: StoreSession
    ) throws -> [(attempt: StoredAttempt, response: StoredAttempt.Response)] {
        try session.all(ofEvent, event) { statement in
            let headers = statement.optional(AttemptRow.width, statement.string)
            let response = StoredAttempt.Response(
                headers: headers.map(Self.headers) ?? [], body: statement.string(AttemptRow.width + 1))
            return (StoredAttempt(try AttemptRow(statement)), response)
        }
    }

    /// Returns the newest attempts, newest first.
    static func newest(_ limit: Int, _ session: StoreSession) throws -> [StoredAttempt] {
        try session.all("SELECT \(AttemptRow.columns) FROM \(source) ORDER BY row.seq DESC LIMIT ?", limit) {
            StoredAttempt(try AttemptRow($0))
        }
    }

    /// Returns those of the newest `count` attempts that meet the most clauses of a condition as a JSON array, sorted
    /// by the number of clauses met and then from newest to oldest.
    ///
    /// - Parameter clientIDs: The client ids of partners by their row numbers.
    static func closest(
        to condition: Condition, amongNewest count: Int, limit: Int, clientIDs: [Int: String], _ session: StoreSession
    ) throws -> [UInt8] {
        let rows = try session.prepare(
            """
            SELECT \(AttemptRow.columns) FROM \(source) WHERE row.seq IN (SELECT seq FROM attempts ORDER BY seq DESC LIMIT ?)
            ORDER BY \(condition.score) DESC, row.seq DESC LIMIT ?
            """, values: [count] + condition.values + [limit])
        defer { rows.reset() }
        var writer = JSONWriter(capacity: 4096)
        writer.beginArray()
        while try rows.step() {
            let row = try AttemptRow(rows)
            writer.beginObject()
            row.writeMembers(clientID: clientIDs[row.partner], to: &writer)
            writer.endObject()
        }
        writer.endArray()
        return writer.bytes
    }

    /// Returns the number of the last attempt; 0 if there is none.
    static func last(_ session: StoreSession) throws -> Int {
        try session.first("SELECT MAX(seq) FROM attempts") { try $0.integer(0) } ?? 0
    }

    /// Removes the oldest attempts, at most `limit` of them, and keeps the latest `keep`.
    ///
    /// - Returns: The number of removed attempts.
    static func removeOldest(keeping keep: Int, limit: Int, _ session: StoreSession) throws -> Int {
        let oldest =
            "SELECT seq FROM attempts WHERE seq <= (SELECT MAX(seq) FROM attempts) - ? ORDER BY seq LIMIT ?"
        if session.waitingCounts.hasAttempts {
            for attempt in try AttemptFacts.all(where: "row.seq IN (\(oldest))", keep, limit, in: session) {
                session.noteAttempt(from: attempt, to: nil)
            }
        }
        return try session.run("DELETE FROM attempts WHERE seq IN (\(oldest))", keep, limit)
    }
}

// MARK: Reset

extension AttemptTable {
    private static let earlierTable = "attempts_before_reset_"
    /// The maximum number of attempts that a reset removes at once.
    private static let fewAttempts = 500

    /// Begins again with an empty table, whose first attempt has the number 1.
    ///
    /// More than a few attempts remain in a table of another name, from which ``Removal`` removes them in groups.
    static func beginAgain(resets: Int, _ session: StoreSession) throws {
        let count = try session.first("SELECT COUNT(*) FROM (SELECT 1 FROM attempts LIMIT ?)", fewAttempts + 1) {
            try $0.integer(0)
        }
        guard let count, count > fewAttempts else {
            try session.run("DELETE FROM attempts")
            return
        }
        let definition = try session.first("SELECT sql FROM sqlite_schema WHERE name = 'attempts'") { $0.string(0) }
        guard let definition else { throw SQLiteError.damage("the table of attempts is missing", sql: "attempts") }
        try session.connection.execute("ALTER TABLE attempts RENAME TO \(earlierTable)\(resets)")
        try session.connection.execute(definition)
        // The index of the earlier table keeps its name.
        try session.connection.execute("CREATE INDEX attempts_of_event_\(resets) ON attempts (event, seq)")
    }

    /// Returns the names of the tables with the attempts before earlier resets.
    static func earlierTables(_ session: StoreSession) throws -> [String] {
        try session.all("SELECT name FROM sqlite_schema WHERE type = 'table' AND name GLOB ?", earlierTable + "*") {
            $0.string(0)
        }
    }
}
