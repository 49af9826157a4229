import SQLite
import Webhooks

/// The table of events as the outbox: the deliveries that are due by subscription, and the outcomes of attempts.
extension EventTable {
    /// The result of claiming deliveries of one subscription.
    struct Claim: Sendable {
        var deliveries: [OutgoingDelivery] = []
        /// The instant at which the queue is next to be read; `nil` if no further delivery waits.
        var nextDue: Timestamp?
    }

    /// Returns the instant at which the first delivery of each subscription is due (``Delivery/Input/restarted``). The
    /// deliveries that were under way when the last process stopped are among them, but not those whose cancellation or
    /// removal is not finished.
    static func pendingSubscriptions(_ session: StoreSession) throws -> [(subscription: Int, due: Timestamp)] {
        try session.all(
            """
            SELECT due.subscription, due.first FROM (
                SELECT subscription, MIN(due_at) AS first FROM events WHERE due_at IS NOT NULL GROUP BY subscription
            ) AS due JOIN subscriptions USING (subscription) JOIN partners USING (partner) WHERE is_active
            """
        ) { (try $0.integer(0), try $0.timestamp(1)) }
    }

    /// Claims up to `limit` due deliveries of a subscription, in the order of due time and ticket.
    ///
    /// The caller keeps the claim in memory: one process owns the store, so the end of that process releases its
    /// claims.
    /// - Parameter inFlight: The events claimed before, which stay in the queue until their attempt is recorded.
    static func claim(
        subscription: Int, now: Timestamp, limit: Int, inFlight: Set<Int>, policy: RetryPolicy, _ session: StoreSession
    ) throws -> Claim {
        var claim = Claim()
        // The deliveries of a subscription that has ended may be pending until its cancellation comes to them.
        guard let target = try SubscriptionTable.endpoint(ofRow: subscription, session) else { return claim }
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
        guard !events.isEmpty else { return claim }
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

    /// The state of an event after an attempt.
    struct Outcome: Sendable {
        let status: EventStatus
        /// The instant at which the next attempt is due; `nil` if there is none.
        let dueAt: Timestamp?
        /// Whether the attempt deactivated the subscription, which ended all its pending deliveries.
        let isSubscriptionClosed: Bool
    }

    /// Records a finished attempt (``Delivery/Input/finished(_:)``).
    ///
    /// - Returns: The state of the event; `nil` if the event no longer exists.
    static func record(
        _ attempt: FinishedAttempt, settings: Settings, _ session: StoreSession
    ) throws -> Outcome? {
        let outgoing = attempt.delivery
        let identity =
            session.waitingCounts.hasEvents
            ? try SubscriptionTable.identity(ofRow: outgoing.subscription, session) : nil
        // The event before the attempt, if an expectation waits.
        var oldFacts: EventFacts?
        let stored = try session.first(
            """
            SELECT status, attempts, attempts_in_round, round, due_at, last_status_code, last_error FROM events
            JOIN partners USING (partner)
            WHERE event = ?
            """, outgoing.event
        ) { row in
            oldFacts = try identity.map {
                EventFacts(
                    row: outgoing.event, id: outgoing.eventID, partner: outgoing.partner, topic: outgoing.topic,
                    entityID: outgoing.entityID, subscription: $0, status: try row.status(0),
                    attempts: try row.integer(1), lastStatusCode: try row.optional(5, row.integer),
                    lastError: row.optional(6, row.string))
            }
            return Delivery(
                status: try row.status(0), attempts: try row.integer(1), attemptsInRound: try row.integer(2),
                round: try row.integer(3), dueAt: try row.optional(4, row.timestamp), roundInFlight: outgoing.round)
        }
        // The partner was removed during the attempt.
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
        if let old = oldFacts {
            var new = old
            new.status = delivery.status
            new.attempts = delivery.attempts
            new.lastStatusCode = result.statusCode
            new.lastError = result.reasonForFailure?.description
            session.noteEvent(from: old, to: new)
        }
        for copy in attempt.responses.indices { try AttemptTable.insert(attempt, copy: copy, session) }
        var isSubscriptionClosed = false
        for action in actions {
            switch action {
            case .send, .wait: break
            case .markDelivered: try SubscriptionTable.countDelivered(subscription: outgoing.subscription, session)
            case .markFailed:
                if try SubscriptionTable.countFailed(
                    subscription: outgoing.subscription, of: outgoing.partner,
                    threshold: settings.autoDisableThreshold, at: now, session)
                {
                    isSubscriptionClosed = true
                }
            case .deactivateSubscription:
                try SubscriptionTable.deactivate(
                    row: outgoing.subscription, of: outgoing.partner,
                    reason: "the subscription was deactivated: its receiver responded with 410 Gone", at: now, session)
                isSubscriptionClosed = true
            }
        }
        return Outcome(
            status: delivery.status, dueAt: delivery.dueAt, isSubscriptionClosed: isSubscriptionClosed)
    }
}
