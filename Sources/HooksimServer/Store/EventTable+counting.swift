import SQLite

/// The statements that count the rows of a condition in parts.
extension EventTable {
    /// Returns the number of events that match a condition among the next `limit` events after a row.
    ///
    /// - Returns: The number, and the last row that was read; `Int.max` if there are no more rows.
    static func count(
        _ condition: Condition, after position: Int, limit: Int, _ session: StoreSession
    ) throws -> (count: Int, last: Int) {
        try session.count(
            condition, of: "events", key: "event",
            joining: ["subscriptions AS subscription ON subscription.subscription = row.subscription"],
            after: position, limit: limit)
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
        try session.count(
            condition, of: "attempts", key: "seq", joining: ["events AS event ON event.event = row.event"],
            after: position, limit: limit)
    }
}

extension StoreSession {
    /// Returns the number of rows of a table that match a condition among the next `limit` rows after a key, but for
    /// those of removed partners.
    ///
    /// - Parameter joined: the tables with aliases that the condition may refer to, each with the condition that joins
    ///   it.
    /// - Returns: The number, and the last key that was read; `Int.max` if there are no more rows.
    fileprivate func count(
        _ condition: Condition, of table: String, key: String, joining joined: [String], after position: Int, limit: Int
    ) throws -> (count: Int, last: Int) {
        let last = try first(
            "SELECT \(key) FROM \(table) WHERE \(key) > ? ORDER BY \(key) LIMIT 1 OFFSET ?", position, limit - 1
        ) { try $0.integer(0) }
        let joins = (joined + ["partners AS partner ON partner.partner = row.partner"]).map { "CROSS JOIN " + $0 }
        // With an index or another order of the tables, the cost would depend on the number of rows in the table.
        let rows = try prepare(
            """
            SELECT COUNT(*) FROM \(table) AS row NOT INDEXED \(joins.joined(separator: " "))
            WHERE row.\(key) > ? AND row.\(key) <= ? AND \(condition.sql)
            """, values: [position, last ?? .max] + condition.values)
        defer { rows.reset() }
        return (try rows.step() ? try rows.integer(0) : 0, last ?? .max)
    }
}
