import SQLite
import Webhooks

/// The table of events as a queue: what is due, for which subscription, and what an attempt made of it.
extension EventTable {
    /// What was claimed of one subscription's queue.
    struct Claim: Sendable {
        var deliveries: [OutgoingDelivery] = []
        /// When the queue should be looked at again; `nil` when nothing more waits.
        var nextDue: Timestamp?
    }

    /// Returns when each subscription's first delivery is due (``Delivery/Input/restarted``): all that is left to do, with what was under
    /// way when the last process stopped.
    static func pendingSubscriptions(_ session: StoreSession) throws -> [(subscription: Int, due: Timestamp)] {
        try session.all(
            "SELECT subscription, MIN(due_at) FROM events WHERE due_at IS NOT NULL GROUP BY subscription"
        ) { (try $0.integer(0), try $0.timestamp(1)) }
    }

    /// Claims up to `limit` deliveries of a subscription that are due, in the order of their instants, then of asking.
    ///
    /// A claim is kept in memory by the caller: one process owns the store, so its end is what releases its claims.
    /// - Parameter inFlight: the events claimed before, which stay in the queue until their attempt is recorded.
    static func claim(
        subscription: Int, now: Timestamp, limit: Int, inFlight: Set<Int>, policy: RetryPolicy, _ session: StoreSession
    ) throws -> Claim {
        var claim = Claim()
        var events: [Int] = []
        let queue = try session.prepare(
            "SELECT event, due_at FROM events WHERE subscription = ? AND due_at IS NOT NULL ORDER BY due_at, ticket",
            subscription)
        while try queue.step() {
            let event = try queue.integer(0)
            if inFlight.contains(event) { continue }
            let due = try queue.timestamp(1)
            guard due <= now, events.count < limit else {
                claim.nextDue = max(due, now)
                queue.reset()
                break
            }
            events.append(event)
        }
        guard !events.isEmpty, let target = try SubscriptionTable.endpoint(ofRow: subscription, session) else {
            return claim
        }
        let endpoint = try? EndpointURL(target.url)
        for event in events {
            let row = try session.prepare(
                """
                SELECT id, partner, ticket, attempts, attempts_in_round, round, due_at, payload, topic, entity_id FROM events
                WHERE event = ?
                """, event)
            defer { row.reset() }
            guard try row.step() else { continue }
            var delivery = Delivery(
                status: .pending, attempts: try row.integer(3), attemptsInRound: try row.integer(4),
                round: try row.integer(5), dueAt: try row.timestamp(6), roundInFlight: nil)
            guard case .send(let attempt) = delivery.step(.due, at: now, policy: policy).first else { continue }
            claim.deliveries.append(
                OutgoingDelivery(
                    event: event, eventID: try row.identifier(0), topic: try row.topic(8), entityID: row.string(9),
                    subscription: subscription, partner: try row.integer(1), ticket: try row.integer(2),
                    round: try row.integer(5), attempt: attempt, dueAt: try row.timestamp(6),
                    endpointURL: target.url, endpoint: endpoint, secretKey: target.secret,
                    payload: Array(row.bytes(7))))
        }
        return claim
    }

    /// What became of an event by an attempt.
    struct Outcome: Sendable {
        let status: EventStatus
        /// When it is due again.
        let dueAt: Timestamp?
        /// Whether the attempt made its subscription inactive, which ended all its pending deliveries.
        let isSubscriptionClosed: Bool
    }

    /// Records how an attempt finished (``Delivery/Input/finished(_:)``).
    ///
    /// - Returns: what became of the event; `nil` when there is none any more.
    static func record(
        _ attempt: FinishedAttempt, settings: Settings, _ session: StoreSession
    ) throws -> Outcome? {
        let outgoing = attempt.delivery
        let stored = try session.first(
            "SELECT status, attempts, attempts_in_round, round, due_at FROM events WHERE event = ?", outgoing.event
        ) { row in
            Delivery(
                status: try row.status(0), attempts: try row.integer(1), attemptsInRound: try row.integer(2),
                round: try row.integer(3), dueAt: try row.optional(4, row.timestamp), roundInFlight: outgoing.round)
        }
        // Its partner was removed meanwhile.
        guard var delivery = stored else { return nil }
        let old = delivery.status
        let result = attempt.responses[0].result
        let now = attempt.endedAt
        let actions = delivery.step(
            .finished(result), at: now, policy: RetryPolicy(settings), sample: attempt.jitterSample)
        try session.run(
            """
            UPDATE events SET status = ?, attempts = ?, attempts_in_round = ?, due_at = ?, last_status_code = ?, last_error = ?,
            updated_at = ?, delivered_at = CASE WHEN ? THEN ? ELSE delivered_at END WHERE event = ?
            """, delivery.status.number, delivery.attempts, delivery.attemptsInRound, delivery.dueAt, result.statusCode,
            result.reasonForFailure?.description, now, actions.contains(.markDelivered), now, outgoing.event)
        session.countChanges.move(
            1, partner: outgoing.partner, topic: outgoing.topic.number, from: old, to: delivery.status)
        for copy in attempt.responses.indices { try AttemptTable.insert(attempt, copy: copy, session) }
        var isSubscriptionClosed = false
        for action in actions {
            switch action {
            case .send, .wait: break
            case .markDelivered: try SubscriptionTable.countDelivered(subscription: outgoing.subscription, session)
            case .markFailed:
                if try SubscriptionTable.countFailed(
                    subscription: outgoing.subscription, threshold: settings.autoDisableThreshold, at: now, session)
                {
                    isSubscriptionClosed = true
                }
            case .deactivateSubscription:
                try SubscriptionTable.deactivate(
                    row: outgoing.subscription,
                    reason: "the subscription was deactivated: its receiver responded with 410 Gone", at: now, session)
                isSubscriptionClosed = true
            }
        }
        return Outcome(
            status: delivery.status, dueAt: delivery.dueAt, isSubscriptionClosed: isSubscriptionClosed)
    }
}
