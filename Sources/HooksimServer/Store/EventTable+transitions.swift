import SQLite
import Webhooks

/// Transitions of many events at once. The effect of each statement equals that of
/// ``Delivery/step(_:at:policy:sample:)`` on each event, which `TransitionTests` proves for every state.
extension EventTable {
    /// Cancels the next pending deliveries of a subscription (``Delivery/Input/cancelled``): their events become
    /// failed.
    ///
    /// - Returns: the number of cancelled deliveries, at most `limit`.
    static func cancelPending(
        subscription: Int, reason: String, at now: Timestamp, limit: Int, _ session: StoreSession
    ) throws -> Int {
        let pending = try session.all(
            """
            SELECT event, partner, topic FROM events WHERE subscription = ? AND due_at IS NOT NULL
            ORDER BY due_at, ticket LIMIT ?
            """, subscription, limit
        ) { (event: try $0.integer(0), partner: try $0.integer(1), topic: try $0.integer(2)) }
        for row in pending {
            try session.noteTransition(ofEvent: row.event) { event in
                event.status = .failed
                event.lastError = reason
            }
            try session.run(
                """
                UPDATE events SET status = ?, round = round + 1, due_at = NULL, last_error = ?, updated_at = ?
                WHERE event = ?
                """, EventStatus.failed.number, reason, now, row.event)
            session.countChanges.move(1, partner: row.partner, topic: row.topic, from: .pending, to: .failed)
        }
        return pending.count
    }

    /// Begins a new round (``Delivery/Input/requeued``) for the next failed events of a subscription, in the order of
    /// their creation, and moves the position behind them.
    ///
    /// - Parameters:
    ///   - position: the subscription, and the event after which the search begins.
    ///   - lastEvent: the greatest row number of an event that is retried.
    /// - Returns: the number of retried events, at most `limit`.
    static func requeueFailed(
        after position: inout BulkOperation.Position, upTo lastEvent: Int, at now: Timestamp, limit: Int,
        _ session: StoreSession
    ) throws -> Int {
        let found = try session.all(
            """
            SELECT event, partner, topic, created_at, id FROM events
            WHERE subscription = ?1 AND \(isFailed) AND (created_at, id) > (?2, ?3) AND event <= ?4
            ORDER BY created_at, id LIMIT ?5
            """, position.subscription, position.createdAt, position.id, lastEvent, limit
        ) { row in
            (
                event: try row.integer(0), partner: try row.integer(1), topic: try row.integer(2),
                createdAt: try row.timestamp(3), id: try row.identifier(4)
            )
        }
        guard let last = found.last else { return 0 }
        let firstTicket = try Sequences.takeTickets(found.count, session)
        for (place, row) in found.enumerated() {
            try session.noteTransition(ofEvent: row.event) { $0.status = .pending }
            try session.run(
                """
                UPDATE events SET status = ?1, round = round + 1, attempts_in_round = 0, due_at = ?2, updated_at = ?2,
                ticket = ?3 WHERE event = ?4
                """, EventStatus.pending.number, now, firstTicket + place, row.event)
            session.countChanges.move(1, partner: row.partner, topic: row.topic, from: .failed, to: .pending)
        }
        (position.createdAt, position.id) = (last.createdAt, last.id)
        return found.count
    }

    /// Returns the number of failed events of a partner whose subscription is active.
    static func retryableCount(partner: Int, _ session: StoreSession) throws -> Int {
        try session.first(
            """
            SELECT COUNT(*) FROM subscriptions AS subscription JOIN events ON
            events.subscription = subscription.subscription AND \(isFailed)
            WHERE subscription.partner = ? AND subscription.is_active
            """, partner
        ) { try $0.integer(0) } ?? 0
    }

    /// The condition of a failed event. It contains the number of the status, since SQLite uses the index of failed
    /// events only for a constant.
    private static let isFailed = "events.status = \(EventStatus.failed.number)"

    /// An event that is to be sent again.
    struct Target {
        let event: Int
        let subscription: Int
        let isActive: Bool
    }

    /// Returns the event with an id and its subscription; `nil` if there is no such event.
    static func target(_ id: Identifier, _ session: StoreSession) throws -> Target? {
        try session.first(
            """
            SELECT event, events.subscription, is_active FROM events JOIN subscriptions USING (subscription)
            JOIN partners ON partners.partner = events.partner WHERE events.id = ?
            """, id
        ) { Target(event: try $0.integer(0), subscription: try $0.integer(1), isActive: $0.bool(2)) }
    }

    /// Begins a new round (``Delivery/Input/requeued``) for one event, due now.
    static func requeue(event: Int, at now: Timestamp, _ session: StoreSession) throws {
        let kind = try session.first("SELECT partner, topic, status FROM events WHERE event = ?", event) {
            (partner: try $0.integer(0), topic: try $0.integer(1), status: try $0.status(2))
        }
        guard let kind else { return }
        try session.noteTransition(ofEvent: event) { $0.status = .pending }
        try session.run(
            """
            UPDATE events SET status = ?1, round = round + 1, attempts_in_round = 0, due_at = ?2, ticket = ?3, updated_at = ?2
            WHERE event = ?4
            """, EventStatus.pending.number, now, try Sequences.nextTicket(session), event)
        session.countChanges.move(1, partner: kind.partner, topic: kind.topic, from: kind.status, to: .pending)
    }
}
