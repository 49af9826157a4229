import SQLite
import StrictJSON
import Webhooks

/// The attempts of a recording.
extension AttemptTable {
    /// Returns the attempts of a partner among the next `limit` attempts after a number, and the number of the last
    /// attempt examined, which is `end` if none are left.
    static func recorded(
        after position: Int, upTo end: Int, limit: Int, partner: Int, _ session: StoreSession
    ) throws -> (found: [RecordedAttempt], last: Int) {
        var last = position
        let found = try session.all(
            """
            SELECT \(AttemptRow.columns), row.response_headers FROM \(source)
            WHERE row.seq > ? AND row.seq <= ? ORDER BY row.seq LIMIT ?
            """, position, end, limit
        ) { statement -> RecordedAttempt? in
            let row = try AttemptRow(statement)
            guard row.seq > last else { throw SQLiteError.damage("attempts are out of order", sql: "attempts") }
            last = row.seq
            guard row.partner == partner else { return nil }
            return RecordedAttempt(
                endpointURL: String(decoding: row.endpointURL, as: UTF8.self), topic: row.topic.rawValue,
                entityID: String(decoding: row.entityID, as: UTF8.self), eventID: row.eventID.description,
                attempt: try statement.attempt(5), isDelivered: row.outcome == .delivered,
                response: response(row, headers: statement.optional(AttemptRow.width, statement.string)))
        }
        return (found.compactMap { $0 }, last == position ? end : last)
    }

    /// Returns the behaviour of the receiver; `nil` if a fault prevented the attempt from reaching it.
    private static func response(_ row: AttemptRow, headers: String?) -> RecordedAttempt.Response? {
        if let fault = row.fault, case .nothing = DeliveryFault.reach(of: String(decoding: fault, as: UTF8.self)) {
            return nil
        }
        if let status = row.statusCode { return .status(status, retryAfter: headers.flatMap(retryAfter)) }
        // A reset fails the attempt in the same way as any other cause of a closed connection; only a timeout takes
        // time.
        let failure = row.failure.flatMap { AttemptFailure.Kind(rawValue: String(decoding: $0, as: UTF8.self)) }
        return failure?.isTimeout == true ? .hang : .reset
    }

    private static func retryAfter(_ stored: String) -> String? {
        headers(stored).first { $0.name.lowercased() == "retry-after" }?.value
    }

    /// Returns the header fields of a column that stores them as a JSON array of pairs.
    static func headers(_ stored: String) -> [(name: String, value: String)] {
        let pairs = (try? JSON(parsing: stored.utf8))?.array ?? []
        return pairs.compactMap { pair in
            guard let pair = pair.array, pair.count == 2, let name = pair[0].string, let value = pair[1].string else {
                return nil
            }
            return (name, value)
        }
    }
}
