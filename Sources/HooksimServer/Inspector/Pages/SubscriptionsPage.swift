import Hummingbird
import Webhooks

/// The page of the subscriptions of all partners.
struct SubscriptionsPage: Sendable {
    let frame: InspectorFrame
    let store: Store
    let partners: PartnerRegistry

    func show(_ request: Request) async throws -> Response {
        let below = (try? request.queryFields())?.first("below").flatMap { Int($0) } ?? Int.max
        let names = partners.clientIDs
        let found = try await store.read { try SubscriptionTable.newest(InspectorFrame.rows + 1, below: below, $0) }
        let rows = found.prefix(InspectorFrame.rows).map { found -> [String: Any] in
            let subscription = found.subscription
            var row: [String: Any] = [
                "endpoint": subscription.endpointURL, "topic": subscription.topic.rawValue,
                "client": names[found.partner] ?? "", "state": subscription.isActive ? "active" : "inactive",
                "time": frame.time(subscription.createdAt),
            ]
            row["secret"] = subscription.shownSecret
            return row
        }
        var context: [String: Any] = ["rows": rows, "hasRows": !rows.isEmpty]
        if found.count > InspectorFrame.rows { context["older"] = "?below=\(found[InspectorFrame.rows - 1].row)" }
        return frame.render("subscriptions", title: "Subscriptions", request, context)
    }
}

extension Subscription {
    /// The last characters of the secret, by which its owner recognizes it; `nil` if there is no secret.
    var shownSecret: String? {
        guard secretKey != nil else { return nil }
        return secretLast4.isEmpty ? "(too short to show a part of)" : "…" + secretLast4
    }
}
