import Webhooks

/// The operation that deactivates a subscription, whose pending deliveries end with it.
struct DeleteSubscription: Sendable {
    let runner: OperationRunner
    let store: Store
    let clock: SimulatedClock

    /// Returns the subscription as it is then.
    ///
    /// - Throws: an ``APIError`` of 404 when the client has no such active one, or of 401 when its partner has gone meanwhile.
    func run(_ id: Identifier, for client: AuthenticatedClient) async throws -> Subscription {
        try await runner.run(for: client) {
            let now = clock.now
            let deleted = try await store.write { session in
                try SubscriptionTable.deactivate(id, of: client.partner, at: now, session)
            }
            guard let deleted else {
                throw APIError.notFound("there is no active subscription \(id); GET /webhooks lists what there is")
            }
            return (deleted.subscription, OperationEffects(closedSubscriptions: [deleted.row]))
        }
    }
}
