import SQLite

/// The numbers that the store gives out in rising order, kept in memory during a transaction and written once at its end.
///
/// A *ticket* numbers what is asked to be sent, in the order of asking: an event has one from its creation, and a new one from each resend.
/// Jitter and faults are drawn by it, so a reset begins anew with the first one. An event's row number is never used again, not even
/// after a reset: an attempt that ends late can't be taken for one at another event.
struct Sequences {
    private var values: [Sequence: Int] = [:]

    private enum Sequence: String, CaseIterable {
        case ticket = "next_ticket"
        case event = "next_event"
    }

    /// Draws the next ticket.
    static func nextTicket(_ session: StoreSession) throws -> Int { try next(.ticket, session) }

    /// Draws the next row number of an event.
    static func nextEvent(_ session: StoreSession) throws -> Int { try next(.event, session) }

    /// Draws several tickets and returns the first of them.
    static func takeTickets(_ count: Int, _ session: StoreSession) throws -> Int {
        let first = try next(.ticket, session)
        session.sequences.values[.ticket] = first + count
        return first
    }

    /// Begins anew with the first ticket.
    static func restartTickets(_ session: StoreSession) { session.sequences.values[.ticket] = 1 }

    private static func next(_ sequence: Sequence, _ session: StoreSession) throws -> Int {
        let next = try session.sequences.values[sequence] ?? MetaTable.value(sequence.rawValue, session) ?? 1
        guard next >= 1 else { throw SQLiteError.damage("\(sequence.rawValue) is below 1", sql: "meta") }
        session.sequences.values[sequence] = next + 1
        return next
    }

    /// Writes what the transaction drew.
    mutating func write(_ session: StoreSession) throws {
        for (sequence, next) in values { try MetaTable.set(sequence.rawValue, to: next, session) }
        values = [:]
    }
}
