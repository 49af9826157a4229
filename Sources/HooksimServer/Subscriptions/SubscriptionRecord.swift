import Webhooks

/// The table of subscriptions.
enum SubscriptionRecord {
    static let columns =
        "row.created_at, row.id, row.endpoint_url, row.topic, row.is_active, row.secret_key, row.updated_at"

    static func insert(_ subscription: Subscription, partner: Int, _ connection: Connection) throws {
        try connection.run(
            """
            INSERT INTO subscriptions (id, partner, endpoint_url, topic, is_active, secret_key, created_at, updated_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """,
            subscription.id, partner, subscription.endpointURL, subscription.topic.number, subscription.isActive,
            subscription.secretKey, subscription.createdAt, subscription.updatedAt)
    }

    /// Reads a row of ``columns``.
    static func read(_ statement: Statement, partnerID: Identifier) -> Subscription {
        Subscription(
            id: statement.identifier(1), partnerID: partnerID, endpointURL: statement.string(2),
            topic: statement.topic(3), isActive: statement.bool(4),
            secretKey: statement.optional(5, statement.string), createdAt: statement.timestamp(0),
            updatedAt: statement.timestamp(6))
    }

    /// - Throws: ``DatabaseError`` when there is no such row, which is so in a damaged store only.
    static func id(row: Int, _ connection: Connection) throws -> Identifier {
        let sql = "SELECT id FROM subscriptions WHERE subscription = ?"
        guard let id = try connection.first(sql, row, read: { $0.identifier(0) }) else {
            throw DatabaseError.damage("an event's subscription is missing", sql: sql)
        }
        return id
    }

    /// Deactivates one active subscription; `nil` when the partner has no such one.
    ///
    /// Its pending deliveries stop: their events become failed.
    static func deactivate(
        _ id: Identifier, of partner: PartnerRecord, at now: Timestamp, _ connection: Connection
    ) throws -> (row: Int, subscription: Subscription)? {
        let row = try connection.first(
            "SELECT subscription FROM subscriptions WHERE id = ? AND partner = ? AND is_active", id, partner.row
        ) { $0.integer(0) }
        guard let row else { return nil }
        try deactivate(row: row, reason: "the subscription was deleted", at: now, connection)
        let subscription = try connection.first(
            "SELECT \(columns) FROM subscriptions AS row WHERE subscription = ?", row
        ) {
            read($0, partnerID: partner.partner.id)
        }
        return subscription.map { (row, $0) }
    }

    static func deactivate(row: Int, reason: String, at now: Timestamp, _ connection: Connection) throws {
        try connection.run(
            "UPDATE subscriptions SET is_active = FALSE, updated_at = ? WHERE subscription = ?", now, row)
        try EventRecord.cancelPending(subscription: row, reason: reason, at: now, connection)
    }
}
