import Hummingbird
import StrictJSON
import Webhooks

/// `GET`, `POST` and `DELETE /webhooks`: lists, creates and deactivates subscriptions.
struct SubscriptionController: Sendable {
    let authenticator: Authenticator
    let store: Store
    let create: CreateSubscription
    let delete: DeleteSubscription
    let plainHTTP: PlainHTTPRule

    func addRoutes(to routes: inout Routes) {
        let query = ["limit", "after", "before", "topic", "is_active"]
        routes.add(.listSubscriptions, query: query, by: authenticator) { try await list($0, of: $2) }
        routes.add(.createSubscription, body: .json, by: authenticator) { try await create($0, $1, for: $2) }
        routes.add(.deleteSubscription, by: authenticator) { try await delete($1, for: $2) }
    }

    private func list(_ request: Request, of client: AuthenticatedClient) async throws -> Response {
        let query = try request.queryFields()
        var failure = ValidationFailure()
        let page = PageRequest(query: query, failure: &failure)
        let topic = failure.value(query, "topic").flatMap { text in
            failure.collect("topic", .malformed) { try Topic(checking: text) }
        }
        var isActive: Bool?
        if let text = failure.value(query, "is_active") {
            isActive = Self.boolean(text)
            if isActive == nil { failure.add("is_active", .unexpected(expected: "true or false"), .malformed) }
        }
        try failure.check()

        return .json(
            .ok,
            try await store.read { [isActive] session in
                try SubscriptionTable.page(page, topic: topic, isActive: isActive, of: client.partner, session)
            })
    }

    /// Returns a Boolean as common serializers write it, `true` or `false` in any case, `1` or `0`; `nil` for any other
    /// text.
    private static func boolean(_ text: String) -> Bool? {
        switch text.lowercased() {
        case "true", "1": true
        case "false", "0": false
        default: nil
        }
    }

    private func create(
        _ request: Request, _ context: SimulatorContext, for client: AuthenticatedClient
    ) async throws -> Response {
        let wanted = try SubscriptionRequest(try await request.jsonObject(), rule: plainHTTP)
        let subscription = try await create.run(wanted, for: client)
        context.trace.note(created: RequestTrace.Created(ids: [subscription.id]))
        return .json(.created, subscription)
    }

    private func delete(_ context: SimulatorContext, for client: AuthenticatedClient) async throws -> Response {
        let id = try context.identifier("subscription_id")
        return .json(.ok, try await delete.run(id, for: client))
    }
}

extension Response {
    fileprivate static func json(_ status: HTTPResponse.Status, _ subscription: Subscription) -> Response {
        var writer = JSONWriter(capacity: 512)
        subscription.write(to: &writer)
        return .json(status, writer.bytes)
    }
}
