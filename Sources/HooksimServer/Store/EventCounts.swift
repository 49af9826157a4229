import SQLite
import Webhooks

/// The number of events by partner, topic and status; the cost of a query does not depend on the number of events.
///
/// Every statement that creates, changes or removes events is in ``EventTable`` and updates the counts. Changes are
/// gathered in memory and written once per transaction.
enum EventCounts {
    struct Count: Sendable {
        let topic: Topic
        let status: EventStatus
        let count: Int
    }

    /// Returns the counts that are not zero.
    ///
    /// - Parameter partner: The row number of the partner; `nil` for all partners.
    static func all(partner: Int? = nil, _ session: StoreSession) throws -> [Count] {
        try session.all(
            """
            SELECT topic, status, SUM(count) FROM event_counts WHERE ?1 IS NULL OR partner = ?1
            GROUP BY topic, status HAVING SUM(count) > 0 ORDER BY topic, status
            """, partner
        ) { Count(topic: try $0.topic(0), status: try $0.status(1), count: try $0.integer(2)) }
    }

    /// Returns the topics and statuses of the events that a partner has or had, including those of the transaction
    /// under way.
    static func kinds(partner: Int, _ session: StoreSession) throws -> Set<Kind> {
        let written = try session.all("SELECT topic, status FROM event_counts WHERE partner = ?", partner) {
            Kind(partner: partner, topic: try $0.integer(0), status: try $0.integer(1))
        }
        return Set(written).union(session.countChanges.byKind.keys.filter { $0.partner == partner })
    }

    /// Returns the number of events that match a condition on partner, topic and status, including those of the
    /// transaction under way.
    static func count(_ condition: Condition, _ session: StoreSession) throws -> Int {
        let rows = try session.prepare(
            "SELECT COALESCE(SUM(count), 0) FROM event_counts AS row WHERE \(condition.sql)", values: condition.values)
        defer { rows.reset() }
        let written = try rows.step() ? try rows.integer(0) : 0
        let wanted = [EventFacts.Field.clientID, .topic, .status].map { condition.fields[$0.rawValue] }
        return session.countChanges.byKind.reduce(written) { sum, change in
            let kind = [change.key.partner, change.key.topic, change.key.status]
            return zip(wanted, kind).allSatisfy { $0 == nil || $0 == .integer($1) } ? sum + change.value : sum
        }
    }

    /// Returns the number of events in the outbox.
    static func pending(_ session: StoreSession) throws -> Int {
        try session.first(
            "SELECT COALESCE(SUM(count), 0) FROM event_counts WHERE status = ?", EventStatus.pending.number
        ) { try $0.integer(0) } ?? 0
    }

    /// Removes all counts, or those of one partner, whose events no longer count.
    static func removeAll(partner: Int? = nil, _ session: StoreSession) throws {
        session.countChanges.remove(partner: partner)
        try session.run("DELETE FROM event_counts WHERE ?1 IS NULL OR partner = ?1", partner)
    }
}

extension EventCounts {
    /// The partner, topic and status that a count is for.
    struct Kind: Hashable {
        let partner: Int
        let topic: Int
        let status: Int
    }

    /// The changes of counts in the transaction under way.
    struct Changes {
        fileprivate(set) var byKind: [Kind: Int] = [:]

        mutating func add(_ change: Int, partner: Int, topic: Int, status: EventStatus) {
            byKind[Kind(partner: partner, topic: topic, status: status.number), default: 0] += change
        }

        /// Counts the change of events from one status to another.
        mutating func move(_ count: Int, partner: Int, topic: Int, from old: EventStatus, to new: EventStatus) {
            guard old != new, count != 0 else { return }
            add(-count, partner: partner, topic: topic, status: old)
            add(count, partner: partner, topic: topic, status: new)
        }

        mutating func remove(partner: Int?) {
            byKind = byKind.filter { kind, _ in partner.map { $0 != kind.partner } ?? false }
        }

        /// Writes the changes of the transaction to the table.
        mutating func write(_ session: StoreSession) throws {
            for (kind, change) in byKind where change != 0 {
                try session.run(
                    "INSERT INTO event_counts VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET count = count + ?4",
                    kind.partner, kind.topic, kind.status, change)
            }
            byKind = [:]
        }
    }
}
