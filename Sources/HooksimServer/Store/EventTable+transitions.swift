import SQLite
import Webhooks

/// Transitions of many events at once. The effect of each statement equals that of
/// ``Delivery/step(_:at:policy:sample:)`` on each event, which `TransitionTests` proves for every state.
extension EventTable {
    /// The result of retrying failed events.
    struct Requeued: Sendable {
        let count: Int
        let subscriptions: Set<Int>
    }

    /// Cancels the pending deliveries of a subscription (``Delivery/Input/cancelled``): their events become failed.
    static func cancelPending(
        subscription: Int, reason: String, at now: Timestamp, _ session: StoreSession
    ) throws {
        let kinds = try session.all(
            "SELECT partner, topic, COUNT(*) FROM events WHERE subscription = ? AND due_at IS NOT NULL GROUP BY partner, topic",
            subscription
        ) { (partner: try $0.integer(0), topic: try $0.integer(1), count: try $0.integer(2)) }
        try session.run(
            """
            UPDATE events SET status = ?1, round = round + 1, due_at = NULL, last_error = ?2, updated_at = ?3
            WHERE subscription = ?4 AND due_at IS NOT NULL
            """, EventStatus.failed.number, reason, now, subscription)
        for kind in kinds {
            session.countChanges.move(
                kind.count, partner: kind.partner, topic: kind.topic, from: .pending, to: .failed)
        }
    }

    /// Begins a new round (``Delivery/Input/requeued``) for each failed event of a partner whose subscription is
    /// active.
    static func requeueFailed(partner: Int, at now: Timestamp, _ session: StoreSession) throws -> Requeued {
        let failed = """
            partner = ?1 AND topic IN (\(allTopics)) AND status = ?2
            AND subscription IN (SELECT subscription FROM subscriptions WHERE partner = ?1 AND is_active)
            """
        let kinds = try session.all(
            "SELECT topic, subscription, COUNT(*) FROM events WHERE \(failed) GROUP BY topic, subscription", partner,
            EventStatus.failed.number
        ) { (topic: try $0.integer(0), subscription: try $0.integer(1), count: try $0.integer(2)) }
        let count = kinds.reduce(0) { $0 + $1.count }
        guard count > 0 else { return Requeued(count: 0, subscriptions: []) }
        // A single statement, since each further statement in a savepoint visits all pages that were changed before it.
        try session.run(
            """
            UPDATE events SET status = ?3, round = round + 1, attempts_in_round = 0, due_at = ?4, updated_at = ?4,
            ticket = ?5 + failed.place FROM (
                SELECT event AS failed_event, ROW_NUMBER() OVER (ORDER BY created_at, event) - 1 AS place FROM events WHERE \(failed)
            ) AS failed WHERE events.event = failed.failed_event
            """, partner, EventStatus.failed.number, EventStatus.pending.number, now,
            try Sequences.takeTickets(count, session))
        for kind in kinds {
            session.countChanges.move(kind.count, partner: partner, topic: kind.topic, from: .failed, to: .pending)
        }
        return Requeued(count: count, subscriptions: Set(kinds.map(\.subscription)))
    }

    /// The numbers of all topics, so that a query by status can use the index on topic and status.
    private static let allTopics = Topic.allCases.map { String($0.number) }.joined(separator: ", ")

    /// An event that is to be sent again.
    struct Target {
        let event: Int
        let subscription: Int
        let isActive: Bool
    }

    /// Returns the event with an id and its subscription; `nil` if there is no such event.
    static func target(_ id: Identifier, _ session: StoreSession) throws -> Target? {
        try session.first(
            "SELECT event, events.subscription, is_active FROM events JOIN subscriptions USING (subscription) WHERE events.id = ?",
            id
        ) { Target(event: try $0.integer(0), subscription: try $0.integer(1), isActive: $0.bool(2)) }
    }

    /// Begins a new round (``Delivery/Input/requeued``) for one event, due now.
    static func requeue(event: Int, at now: Timestamp, _ session: StoreSession) throws {
        let kind = try session.first("SELECT partner, topic, status FROM events WHERE event = ?", event) {
            (partner: try $0.integer(0), topic: try $0.integer(1), status: try $0.status(2))
        }
        guard let kind else { return }
        try session.run(
            """
            UPDATE events SET status = ?1, round = round + 1, attempts_in_round = 0, due_at = ?2, ticket = ?3, updated_at = ?2
            WHERE event = ?4
            """, EventStatus.pending.number, now, try Sequences.nextTicket(session), event)
        session.countChanges.move(1, partner: kind.partner, topic: kind.topic, from: kind.status, to: .pending)
    }
}
