import Hummingbird
import Webhooks

/// Who is subscribed to what, of all partners.
struct SubscriptionsPage: Sendable {
    let frame: InspectorFrame
    let database: Database
    let partners: PartnerRegistry

    private typealias Found = (row: Int, partner: Int, subscription: Subscription)

    func show(_ request: Request) async throws -> Response {
        let below = (try? request.queryFields())?.first("below").flatMap { Int($0) } ?? Int.max
        let names = Dictionary(uniqueKeysWithValues: partners.all.map { ($0.row, $0.partner.clientID) })
        let found = try await database.read { try Self.newest(InspectorFrame.rows + 1, below: below, $0) }
        let rows = found.prefix(InspectorFrame.rows).map { _, partner, subscription -> [String: Any] in
            var row: [String: Any] = [
                "endpoint": subscription.endpointURL, "topic": subscription.topic.rawValue,
                "client": names[partner] ?? "", "state": subscription.isActive ? "active" : "inactive",
                "time": frame.time(subscription.createdAt.description),
            ]
            row["secret"] = subscription.shownSecret
            return row
        }
        var context: [String: Any] = ["rows": rows, "hasRows": !rows.isEmpty]
        if found.count > InspectorFrame.rows { context["older"] = "?below=\(found[InspectorFrame.rows - 1].row)" }
        return frame.render("subscriptions", title: "Subscriptions", request, context)
    }

    private static func newest(_ limit: Int, below: Int, _ connection: Connection) throws -> [Found] {
        let rows = try connection.prepare(
            """
            SELECT \(SubscriptionRecord.columns), row.subscription, row.partner, partners.id FROM subscriptions AS row
            JOIN partners ON partners.partner = row.partner WHERE row.subscription < ? ORDER BY row.subscription DESC LIMIT ?
            """, below, limit)
        var found: [Found] = []
        while try rows.step() {
            found.append(
                (rows.integer(7), rows.integer(8), SubscriptionRecord.read(rows, partnerID: rows.identifier(9))))
        }
        return found
    }
}

extension Subscription {
    /// The end of the secret, by which its owner knows it; `nil` when there is none.
    var shownSecret: String? {
        guard secretKey != nil else { return nil }
        return secretLast4.isEmpty ? "(too short to show a part of)" : "…" + secretLast4
    }
}
