import Webhooks

/// The operation that creates a subscription of a partner.
struct CreateSubscription: Sendable {
    let runner: OperationRunner
    let store: Store
    let clock: SimulatedClock
    let random: CurrentRandomSource

    /// Creates a subscription of a client's partner.
    ///
    /// - Throws: an ``APIError`` of 401 if the partner was removed after the client was authenticated.
    func run(_ request: SubscriptionRequest, for client: AuthenticatedClient) async throws -> Subscription {
        try await runner.run(for: client) {
            let now = clock.now
            let subscription = Subscription(
                id: random.current.identifier(), partnerID: client.partner.partner.id,
                endpointURL: request.endpointURL.text, topic: request.topic, isActive: true,
                secretKey: request.secretKey, createdAt: now, updatedAt: now)
            let isCreated = try await store.write {
                try SubscriptionTable.insert(subscription, partner: client.partner.row, $0)
            }
            guard isCreated else { throw APIError.tokenInvalid() }
            return (subscription, .none)
        }
    }
}
