import Webhooks

/// The table of events seen as a queue: what is due, for which subscription, and what became of it.
enum Outbox {
    /// What a look at one subscription's queue found.
    struct Look: Sendable {
        var claimed: [OutgoingDelivery] = []
        /// When the queue should be looked at again; `nil` when nothing more waits.
        var nextDue: Timestamp?
    }

    /// When each subscription's first delivery is due: all that is left to do, also what was under way when the last process stopped.
    static func pending(_ connection: Connection) throws -> [(subscription: Int, due: Timestamp)] {
        let statement = try connection.prepare(
            "SELECT subscription, MIN(due_at) FROM events WHERE due_at IS NOT NULL GROUP BY subscription")
        var found: [(subscription: Int, due: Timestamp)] = []
        while try statement.step() { found.append((statement.integer(0), statement.timestamp(1))) }
        return found
    }

    /// Claims up to `limit` deliveries of a subscription that are due, in the order of their instants, then of asking.
    ///
    /// A claim is kept in memory by the caller: one process owns the store, so its end is what releases its claims.
    /// - Parameter inFlight: the events claimed before, which stay in the queue until their attempt is recorded.
    static func look(
        subscription: Int, now: Timestamp, limit: Int, inFlight: Set<Int>, policy: RetryPolicy, _ connection: Connection
    ) throws -> Look {
        var look = Look()
        var events: [Int] = []
        let queue = try connection.prepare(
            "SELECT event, due_at FROM events WHERE subscription = ? AND due_at IS NOT NULL ORDER BY due_at, ticket",
            subscription)
        while try queue.step() {
            let event = queue.integer(0)
            if inFlight.contains(event) { continue }
            let due = queue.timestamp(1)
            guard due <= now, events.count < limit else {
                look.nextDue = max(due, now)
                queue.reset()
                break
            }
            events.append(event)
        }
        guard !events.isEmpty else { return look }
        let target = try connection.first(
            "SELECT endpoint_url, secret_key FROM subscriptions WHERE subscription = ?", subscription
        ) { (url: $0.string(0), secret: $0.optional(1, $0.string)) }
        guard let target else { return look }
        let endpoint = try? EndpointURL(target.url)
        for event in events {
            let row = try connection.prepare(
                """
                SELECT id, partner, ticket, attempts, attempts_in_round, round, due_at, payload, topic, entity_id FROM events
                WHERE event = ?
                """, event)
            guard try row.step() else { continue }
            defer { row.reset() }
            var delivery = Delivery(
                status: .pending, attempts: row.integer(3), attemptsInRound: row.integer(4), round: row.integer(5),
                dueAt: row.timestamp(6), roundInFlight: nil)
            guard case .send(let attempt) = delivery.step(.due, at: now, policy: policy).first else { continue }
            look.claimed.append(
                OutgoingDelivery(
                    event: event, eventID: row.identifier(0), topic: row.topic(8),
                    entityID: row.string(9),
                    subscription: subscription, partner: row.integer(1), ticket: row.integer(2), round: row.integer(5),
                    attempt: attempt, dueAt: row.timestamp(6), endpointURL: target.url, endpoint: endpoint,
                    secretKey: target.secret,
                    payload: Array(row.bytes(7))))
        }
        return look
    }

    /// What became of an event by an attempt.
    struct Settled: Sendable {
        let status: EventStatus
        /// When it is due again.
        let dueAt: Timestamp?
    }

    /// Records how an attempt ended; returns what became of the event, `nil` when there is none any more.
    static func record(
        _ attempt: FinishedAttempt, settings: Settings, _ connection: Connection
    ) throws -> Settled? {
        let outgoing = attempt.delivery
        let policy = RetryPolicy(settings)
        let stored = try connection.first(
            "SELECT status, attempts, attempts_in_round, round, due_at FROM events WHERE event = ?", outgoing.event
        ) { row in
            Delivery(
                status: row.status(0), attempts: row.integer(1), attemptsInRound: row.integer(2),
                round: row.integer(3), dueAt: row.optional(4, row.timestamp), roundInFlight: outgoing.round)
        }
        // Its partner was removed meanwhile.
        guard var delivery = stored else { return nil }
        let result = attempt.answers[0].result
        let now = attempt.endedAt
        let actions = delivery.step(.finished(result), at: now, policy: policy, dice: attempt.dice)
        try connection.run(
            """
            UPDATE events SET status = ?, attempts = ?, attempts_in_round = ?, due_at = ?, last_status_code = ?, last_error = ?,
            updated_at = ?, delivered_at = CASE WHEN ? THEN ? ELSE delivered_at END WHERE event = ?
            """, delivery.status.number, delivery.attempts, delivery.attemptsInRound, delivery.dueAt, result.statusCode,
            result.reasonForFailure?.description, now, actions.contains(.markDelivered), now, outgoing.event)
        for copy in attempt.answers.indices { try AttemptRecord.insert(attempt, copy: copy, connection) }
        try follow(
            actions, subscription: outgoing.subscription, threshold: settings.autoDisableThreshold, at: now, connection)
        return Settled(status: delivery.status, dueAt: delivery.dueAt)
    }

    /// What the end of an event means for its subscription.
    private static func follow(
        _ actions: [Delivery.Action], subscription: Int, threshold: Int?, at now: Timestamp, _ connection: Connection
    ) throws {
        for action in actions {
            switch action {
            case .send, .wait: break
            case .markDelivered:
                try connection.run(
                    "UPDATE subscriptions SET failures_in_row = 0 WHERE subscription = ? AND failures_in_row > 0",
                    subscription)
            case .markFailed:
                try connection.run(
                    "UPDATE subscriptions SET failures_in_row = failures_in_row + 1 WHERE subscription = ?",
                    subscription)
                guard let threshold else { continue }
                let failures = try connection.first(
                    "SELECT failures_in_row FROM subscriptions WHERE subscription = ? AND is_active", subscription
                ) { $0.integer(0) }
                if let failures, failures >= threshold {
                    try SubscriptionRecord.deactivate(
                        row: subscription,
                        reason: "the subscription was deactivated after \(failures) failed events in a row",
                        at: now, connection)
                }
            case .deactivateSubscription:
                try SubscriptionRecord.deactivate(
                    row: subscription, reason: "the subscription was deactivated: its receiver answered 410 Gone",
                    at: now, connection)
            }
        }
    }
}
