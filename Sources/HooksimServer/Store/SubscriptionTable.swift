import NIOCore
import SQLite
import Webhooks

/// The table of subscriptions. Every statement that changes one clears the cache of matching subscriptions.
enum SubscriptionTable {
    static let columns =
        "row.created_at, row.id, row.endpoint_url, row.topic, row.is_active, row.secret_key, row.updated_at"
    private static let width: Int32 = 7

    private static func read(_ row: Statement, partnerID: Identifier) throws -> Subscription {
        Subscription(
            id: try row.identifier(1), partnerID: partnerID, endpointURL: row.string(2), topic: try row.topic(3),
            isActive: row.bool(4), secretKey: row.optional(5, row.string), createdAt: try row.timestamp(0),
            updatedAt: try row.timestamp(6))
    }

    /// Inserts a subscription of a partner.
    ///
    /// - Returns: `false` if the partner no longer exists.
    static func insert(_ subscription: Subscription, partner: Int, _ session: StoreSession) throws -> Bool {
        session.matchingSubscriptions.forget()
        let statement = try session.prepare(
            """
            INSERT INTO subscriptions (id, partner, endpoint_url, topic, is_active, secret_key, created_at, updated_at)
            SELECT ?1, partner, ?3, ?4, ?5, ?6, ?7, ?8 FROM partners WHERE partner = ?2
            """,
            subscription.id, partner, subscription.endpointURL, subscription.topic.number, subscription.isActive,
            subscription.secretKey, subscription.createdAt, subscription.updatedAt)
        try session.insert(statement, id: subscription.id, into: "subscriptions")
        return session.connection.changes == 1
    }

    /// Returns a page of the subscriptions of a partner, in the form that the simulated API returns.
    ///
    /// - Throws: ``ValidationFailure`` if the row of the cursor does not belong to the partner.
    static func page(
        _ request: PageRequest, topic: Topic?, isActive: Bool?, of partner: PartnerRecord, _ session: StoreSession
    ) throws -> [UInt8] {
        var list = PageQuery(source: "subscriptions AS row", columns: columns, partner: partner.row)
        if let topic { list.filter("row.topic = ?", topic.number) }
        if let isActive { list.filter("row.is_active = ?", isActive) }
        let page = try list.page(request, session) { statement, writer in
            try read(statement, partnerID: partner.partner.id).write(to: &writer)
        }
        return Array(page.readableBytesView)
    }

    /// A subscription with its row number and that of its partner.
    struct Row: Sendable {
        let row: Int
        let partner: Int
        let subscription: Subscription
    }

    /// Returns the newest subscriptions of all partners with a row number below a limit.
    static func newest(_ limit: Int, below: Int, _ session: StoreSession) throws -> [Row] {
        try session.all(
            """
            SELECT \(columns), row.subscription, row.partner, partners.id FROM subscriptions AS row
            JOIN partners ON partners.partner = row.partner WHERE row.subscription < ? ORDER BY row.subscription DESC LIMIT ?
            """, below, limit
        ) { try row($0) }
    }

    /// Reads ``columns``, followed by the row number, that of the partner, and the partner's id.
    static func row(_ statement: Statement) throws -> Row {
        Row(
            row: try statement.integer(width), partner: try statement.integer(width + 1),
            subscription: try read(statement, partnerID: try statement.identifier(width + 2)))
    }

    /// Returns the subscription of an event.
    static func subscription(ofEvent id: Identifier, _ session: StoreSession) throws -> Subscription? {
        try session.first(
            """
            SELECT \(columns), partners.id FROM subscriptions AS row JOIN events USING (subscription)
            JOIN partners ON partners.partner = row.partner WHERE events.id = ?
            """, id
        ) { try read($0, partnerID: try $0.identifier(width)) }
    }

    /// The endpoint of a subscription's deliveries.
    struct Endpoint {
        let url: String
        let secret: String?
    }

    /// Returns the endpoint of a subscription; `nil` if it is no longer active or its partner was removed.
    static func endpoint(ofRow row: Int, _ session: StoreSession) throws -> Endpoint? {
        try session.first(
            """
            SELECT endpoint_url, secret_key FROM subscriptions JOIN partners USING (partner)
            WHERE subscription = ? AND is_active
            """, row
        ) {
            Endpoint(url: $0.string(0), secret: $0.optional(1, $0.string))
        }
    }

    /// What of a subscription never changes, and its events are found by.
    struct Identity: Sendable {
        let id: Identifier
        let endpointURL: String
    }

    /// The number of subscriptions above which the ones in memory are forgotten.
    private static let maxIdentities = 10_000

    /// Returns the id and the endpoint of a subscription, which is read once; `nil` if there is no such row.
    static func identity(ofRow row: Int, _ session: StoreSession) throws -> Identity? {
        if let known = session.subscriptionIdentities[row] { return known }
        let found = try session.first("SELECT id, endpoint_url FROM subscriptions WHERE subscription = ?", row) {
            Identity(id: try $0.identifier(0), endpointURL: $0.string(1))
        }
        if session.subscriptionIdentities.count >= maxIdentities { session.subscriptionIdentities = [:] }
        session.subscriptionIdentities[row] = found
        return found
    }

    /// The ids of subscriptions by their row numbers; each is read once.
    struct Identifiers {
        private var known: [Int: Identifier] = [:]

        /// Returns the id of the subscription in a row.
        /// - Throws: ``SQLiteError`` if there is no such row, which happens only in a damaged store.
        mutating func id(ofRow row: Int, _ session: StoreSession) throws -> Identifier {
            if let id = known[row] { return id }
            let sql = "SELECT id FROM subscriptions WHERE subscription = ?"
            guard let id = try session.first(sql, row, read: { try $0.identifier(0) }) else {
                throw SQLiteError.damage("an event's subscription is missing", sql: sql)
            }
            known[row] = id
            return id
        }
    }

    /// Returns the row numbers of the subscriptions of a partner.
    static func rows(ofPartner partner: Int, _ session: StoreSession) throws -> [Int] {
        try session.all("SELECT subscription FROM subscriptions WHERE partner = ?", partner) { try $0.integer(0) }
    }

    /// Returns the row numbers of the active subscriptions of a partner from a number on, in ascending order.
    static func activeRows(ofPartner partner: Int, from first: Int, _ session: StoreSession) throws -> [Int] {
        try session.all(
            "SELECT subscription FROM subscriptions WHERE partner = ? AND is_active AND subscription >= ? ORDER BY 1",
            partner, first
        ) { try $0.integer(0) }
    }
}

// MARK: Deactivation

extension SubscriptionTable {
    /// Deactivates an active subscription and cancels its pending deliveries: their events become failed.
    ///
    /// - Returns: The deactivated subscription; `nil` if the partner has no such active subscription.
    static func deactivate(
        _ id: Identifier, of partner: PartnerRecord, at now: Timestamp, _ session: StoreSession
    ) throws -> (row: Int, subscription: Subscription)? {
        let row = try session.first(
            "SELECT subscription FROM subscriptions WHERE id = ? AND partner = ? AND is_active", id, partner.row
        ) { try $0.integer(0) }
        guard let row else { return nil }
        try deactivate(row: row, of: partner.row, reason: "the subscription was deleted", at: now, session)
        let subscription = try session.first(
            "SELECT \(columns) FROM subscriptions AS row WHERE subscription = ?", row
        ) { try read($0, partnerID: partner.partner.id) }
        return subscription.map { (row, $0) }
    }

    static func deactivate(
        row: Int, of partner: Int, reason: String, at now: Timestamp, _ session: StoreSession
    ) throws {
        session.matchingSubscriptions.forget()
        try session.run("UPDATE subscriptions SET is_active = FALSE, updated_at = ? WHERE subscription = ?", now, row)
        try BulkOperation.begin(
            .cancellation(subscription: row, partner: partner, reason: reason), at: now, session)
    }

    /// Counts a delivered event, which ends a sequence of failures.
    static func countDelivered(subscription: Int, _ session: StoreSession) throws {
        try session.run(
            "UPDATE subscriptions SET failures_in_row = 0 WHERE subscription = ? AND failures_in_row > 0", subscription)
    }

    /// Counts a failed event, and deactivates the subscription of a partner if the number of consecutive failures reaches the
    /// threshold.
    ///
    /// - Returns: Whether the subscription was deactivated.
    static func countFailed(
        subscription: Int, of partner: Int, threshold: Int?, at now: Timestamp, _ session: StoreSession
    ) throws -> Bool {
        try session.run(
            "UPDATE subscriptions SET failures_in_row = failures_in_row + 1 WHERE subscription = ?", subscription)
        guard let threshold else { return false }
        let failures = try session.first(
            "SELECT failures_in_row FROM subscriptions WHERE subscription = ? AND is_active", subscription
        ) { try $0.integer(0) }
        guard let failures, failures >= threshold else { return false }
        try deactivate(
            row: subscription, of: partner,
            reason: "the subscription was deactivated after \(failures) failed events in a row", at: now, session)
        return true
    }
}
