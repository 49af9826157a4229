import StrictJSON
import Webhooks

/// The active subscriptions at the endpoints of listeners, and the end of a subscription of any client.
extension SubscriptionTable {
    /// Returns the active subscriptions whose endpoint is one of the given ones or, if wanted, that of any listener, in
    /// the order of their creation.
    static func active(
        at endpointURLs: [String], orOfAnyListener isOfAny: Bool, _ session: StoreSession
    ) throws -> [Row] {
        let given = JSON.array(endpointURLs.map { .string($0) }).description
        return try session.all(
            """
            SELECT \(columns), row.subscription, row.partner, partners.id FROM subscriptions AS row
            JOIN partners ON partners.partner = row.partner
            WHERE row.is_active
              AND (row.endpoint_url IN (SELECT value FROM json_each(?)) OR ? AND instr(row.endpoint_url, ?) > 0)
            ORDER BY row.subscription
            """, given, isOfAny, "." + ListenerID.domain, read: row)
    }

    /// Deactivates an active subscription of any partner and cancels its pending deliveries.
    ///
    /// - Returns: The deactivated subscription; `nil` if there is no such active subscription.
    static func deactivate(_ id: Identifier, at now: Timestamp, _ session: StoreSession) throws -> Row? {
        let sql = """
            SELECT \(columns), row.subscription, row.partner, partners.id FROM subscriptions AS row
            JOIN partners ON partners.partner = row.partner WHERE row.id = ?
            """
        guard let found = try session.first(sql, id, read: row), found.subscription.isActive else { return nil }
        try deactivate(row: found.row, of: found.partner, reason: "the subscription was deleted", at: now, session)
        return try session.first(sql, id, read: row)
    }
}
