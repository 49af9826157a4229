import Webhooks

/// The operation that deactivates a subscription, which ends its pending deliveries.
struct DeleteSubscription: Sendable {
    let runner: OperationRunner
    let store: Store
    let clock: SimulatedClock

    /// Deactivates a subscription and returns it.
    ///
    /// - Throws: an ``APIError`` of 404 if the client has no active subscription with that id, or of 401 if its partner
    ///   was removed after the client was authenticated.
    func run(_ id: Identifier, for client: AuthenticatedClient) async throws -> Subscription {
        try await runner.run(for: client) {
            let now = clock.now
            let deleted = try await store.write(withoutSavepoint: true) { session in
                try SubscriptionTable.deactivate(id, of: client.partner, at: now, session)
            }
            guard let deleted else {
                throw APIError.notFound("there is no active subscription \(id); GET /webhooks lists what there is")
            }
            return (deleted.subscription, OperationEffects(closedSubscriptions: [deleted.row]))
        }
    }

    /// Deactivates a subscription of any client, at the request of the user, and returns it with the row number of its
    /// partner.
    ///
    /// - Throws: an ``APIError`` of 404 if there is no active subscription with that id.
    func run(_ id: Identifier) async throws -> SubscriptionTable.Row {
        try await runner.run {
            let now = clock.now
            let deleted = try await store.write(withoutSavepoint: true) { session in
                try SubscriptionTable.deactivate(id, at: now, session)
            }
            guard let deleted else { throw APIError.notFound("there is no active subscription \(id)") }
            return (deleted, OperationEffects(closedSubscriptions: [deleted.row]))
        }
    }
}
