import SQLite

/// The counters that the store increments, kept in memory during a transaction and written once at its end.
///
/// A *ticket* numbers the requests to send an event, in their order: an event has a ticket from its creation, and a new
/// one from each resend. Jitter and faults are sampled by ticket, so a reset restarts with the first one. The row
/// number of an event is never reused, not even after a reset: a late result of an attempt can't be attributed to
/// another event.
struct Sequences {
    private var values: [Sequence: Int] = [:]

    private enum Sequence: String, CaseIterable {
        case ticket = "next_ticket"
        case event = "next_event"
    }

    /// Returns the next ticket.
    static func nextTicket(_ session: StoreSession) throws -> Int { try next(.ticket, session) }

    /// Returns the next row number of an event.
    static func nextEvent(_ session: StoreSession) throws -> Int { try next(.event, session) }

    /// Returns the row number of the last event.
    static func lastEvent(_ session: StoreSession) throws -> Int { try upcoming(.event, session) - 1 }

    /// Reserves several tickets and returns the first of them.
    static func takeTickets(_ count: Int, _ session: StoreSession) throws -> Int {
        let first = try next(.ticket, session)
        session.sequences.values[.ticket] = first + count
        return first
    }

    /// Restarts with the first ticket.
    static func restartTickets(_ session: StoreSession) { session.sequences.values[.ticket] = 1 }

    private static func next(_ sequence: Sequence, _ session: StoreSession) throws -> Int {
        let next = try upcoming(sequence, session)
        session.sequences.values[sequence] = next + 1
        return next
    }

    private static func upcoming(_ sequence: Sequence, _ session: StoreSession) throws -> Int {
        let next = try session.sequences.values[sequence] ?? MetaTable.value(sequence.rawValue, session) ?? 1
        guard next >= 1 else { throw SQLiteError.damage("\(sequence.rawValue) is below 1", sql: "meta") }
        return next
    }

    /// Writes the counters that the transaction incremented.
    mutating func write(_ session: StoreSession) throws {
        for (sequence, next) in values { try MetaTable.set(sequence.rawValue, to: next, session) }
        values = [:]
    }
}
