import SQLite

/// The statements that count the rows of a condition in parts.
extension EventTable {
    /// Returns the number of events that match a condition among the next `limit` events after a row.
    ///
    /// - Returns: The number, and the last row that was read; `Int.max` if there are no more rows.
    static func count(
        _ condition: Condition, after position: Int, limit: Int, _ session: StoreSession
    ) throws -> (count: Int, last: Int) {
        let last = try session.first(
            "SELECT event FROM events WHERE event > ? ORDER BY event LIMIT 1 OFFSET ?", position, limit - 1
        ) { try $0.integer(0) }
        // With an index or another order of the tables, the cost would depend on the number of events in the table.
        let rows = try session.prepare(
            """
            SELECT COUNT(*) FROM events AS row NOT INDEXED
            CROSS JOIN subscriptions AS subscription ON subscription.subscription = row.subscription
            CROSS JOIN partners AS partner ON partner.partner = row.partner
            WHERE row.event > ? AND row.event <= ? AND \(condition.sql)
            """, values: [position, last ?? .max] + condition.values)
        defer { rows.reset() }
        return (try rows.step() ? try rows.integer(0) : 0, last ?? .max)
    }

    /// Returns whether the payload of an event meets the clauses of a condition about the payload.
    static func matchesPayload(_ condition: Condition, event: Int, _ session: StoreSession) throws -> Bool {
        let clauses = condition.payloadClauses.joined(separator: " AND ")
        let rows = try session.prepare(
            "SELECT 1 FROM \(source) WHERE row.event = ? AND \(clauses)", values: [event] + condition.payloadValues)
        defer { rows.reset() }
        return try rows.step()
    }
}

extension AttemptTable {
    /// Returns the number of attempts that match a condition among the next `limit` attempts after a row.
    ///
    /// - Returns: The number, and the last row that was read; `Int.max` if there are no more rows.
    static func count(
        _ condition: Condition, after position: Int, limit: Int, _ session: StoreSession
    ) throws -> (count: Int, last: Int) {
        let last = try session.first(
            "SELECT seq FROM attempts WHERE seq > ? ORDER BY seq LIMIT 1 OFFSET ?", position, limit - 1
        ) { try $0.integer(0) }
        // With an index or another order of the tables, the cost would depend on the number of attempts in the table.
        let rows = try session.prepare(
            """
            SELECT COUNT(*) FROM attempts AS row NOT INDEXED CROSS JOIN events AS event ON event.event = row.event
            CROSS JOIN partners AS partner ON partner.partner = row.partner
            WHERE row.seq > ? AND row.seq <= ? AND \(condition.sql)
            """, values: [position, last ?? .max] + condition.values)
        defer { rows.reset() }
        return (try rows.step() ? try rows.integer(0) : 0, last ?? .max)
    }
}
