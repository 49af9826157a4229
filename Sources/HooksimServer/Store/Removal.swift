import SQLite

/// The removal of the rows of partners that no longer exist.
struct Removal {
    let partners: ClosedRange<Int>

    /// Removes at most `limit` rows, and returns whether none is left.
    func runGroup(limit: Int, _ session: StoreSession) throws -> Bool {
        var left = limit
        try removeEvents(&left, session)
        for (table, key) in [("tokens", "digest"), ("subscriptions", "subscription")] where left > 0 {
            left -= try session.run(
                """
                DELETE FROM \(table) WHERE \(key) IN
                (SELECT \(key) FROM \(table) WHERE partner BETWEEN ? AND ? LIMIT ?)
                """, partners.lowerBound, partners.upperBound, left)
        }
        while left > 0, let table = try AttemptTable.earlierTables(session).first {
            let removed = try session.run(
                "DELETE FROM \(table) WHERE seq IN (SELECT seq FROM \(table) LIMIT ?)", left)
            if removed < left { try session.run("DROP TABLE \(table)") }
            left -= max(removed, 1)
        }
        return left > 0
    }

    /// Removes events with their attempts, and subtracts the number of rows from `left`.
    private func removeEvents(_ left: inout Int, _ session: StoreSession) throws {
        let events = try session.all(
            "SELECT event FROM events WHERE partner BETWEEN ? AND ? LIMIT ?", partners.lowerBound, partners.upperBound,
            left
        ) { try $0.integer(0) }
        for event in events where left > 0 {
            left -= try session.run(
                "DELETE FROM attempts WHERE seq IN (SELECT seq FROM attempts WHERE event = ? LIMIT ?)", event, left)
            guard left > 0 else { return }
            left -= try session.run("DELETE FROM events WHERE event = ?", event)
        }
    }
}
