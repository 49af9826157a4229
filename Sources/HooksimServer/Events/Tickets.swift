/// Tickets number what is asked to be sent, in the order of asking: an event's row has its first ticket, a resend gives it a new one.
///
/// A transaction reads the next one at most once and writes it once, however many events its jobs make.
enum Tickets {
    static func next(_ connection: Connection) throws -> Int {
        if let next = connection.unwritten.nextTicket { return next }
        let sql = "SELECT value FROM meta WHERE name = 'next_ticket'"
        let next = try connection.first(sql) { $0.integer(0) } ?? 1
        guard next >= 1 else { throw DatabaseError.damage("the tickets are below the first one", sql: sql) }
        connection.unwritten.nextTicket = next
        return next
    }

    static func use(before next: Int, _ connection: Connection) { connection.unwritten.nextTicket = next }

    /// Begins anew with the first one.
    static func restart(_ connection: Connection) { use(before: 1, connection) }

    /// Writes what ``Connection/commit()`` has to.
    static func write(_ connection: Connection) throws {
        guard let next = connection.unwritten.nextTicket else { return }
        connection.unwritten.nextTicket = nil
        try connection.run("INSERT OR REPLACE INTO meta (name, value) VALUES ('next_ticket', ?)", next)
    }
}
