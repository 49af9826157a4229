import Hummingbird
import Webhooks

/// `GET`, `POST` and `DELETE /webhooks`.
struct SubscriptionController: Sendable {
    let authenticator: Authenticator
    let store: Store
    let clock: SimulatedClock
    let random: CurrentRandomSource
    let plainHTTP: PlainHTTPRule

    func addRoutes(to routes: inout Routes) {
        routes.add(.get, "/webhooks", "listSubscriptions", query: ["limit", "after", "before", "topic", "is_active"]) {
            try await list($0, $1)
        }
        routes.add(.post, "/webhooks", "createSubscription") { try await create($0, $1) }
        routes.add(.delete, "/webhooks/{subscription_id}", "deleteSubscription") { try await delete($0, $1) }
    }

    private func list(_ request: Request, _ context: SimulatorContext) async throws -> Response {
        let client = try authenticator.authenticate(request, context, needs: .read)
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

    /// A truth value as common serializers write it: `true` or `false` in any case, `1` or `0`.
    private static func boolean(_ text: String) -> Bool? {
        switch text.lowercased() {
        case "true", "1": true
        case "false", "0": false
        default: nil
        }
    }

    private func create(_ request: Request, _ context: SimulatorContext) async throws -> Response {
        let client = try authenticator.authenticate(request, context, needs: .write)
        let wanted = try SubscriptionRequest(try await request.jsonObject(), rule: plainHTTP)
        let now = clock.now
        let subscription = Subscription(
            id: random.current.identifier(), partnerID: client.partner.partner.id, endpointURL: wanted.endpointURL.text,
            topic: wanted.topic, isActive: true, secretKey: wanted.secretKey, createdAt: now, updatedAt: now)
        let isCreated = try await store.write {
            try SubscriptionTable.insert(subscription, partner: client.partner.row, $0)
        }
        // The partner was removed while the request was read, and its token with it.
        guard isCreated else { throw APIError.tokenInvalid() }
        context.trace.note(created: RequestTrace.Created(ids: [subscription.id]))
        return .json(.created, subscription)
    }

    private func delete(_ request: Request, _ context: SimulatorContext) async throws -> Response {
        let client = try authenticator.authenticate(request, context, needs: .write)
        let id = try context.identifier("subscription_id")
        let now = clock.now
        let deleted = try await store.write { session in
            try SubscriptionTable.deactivate(id, of: client.partner, at: now, session)
        }
        guard let deleted else {
            throw APIError.notFound("there is no active subscription \(id); GET /webhooks lists what there is")
        }
        return .json(.ok, deleted.subscription)
    }
}

extension Response {
    fileprivate static func json(_ status: HTTPResponse.Status, _ subscription: Subscription) -> Response {
        var writer = JSONWriter(capacity: 512)
        subscription.write(to: &writer)
        return .json(status, writer.bytes)
    }
}
