import Webhooks

/// The operation that begins a new round for each failed event of a partner, if the event's subscription is active.
struct RetryFailedEvents: Sendable {
    let runner: OperationRunner
    let store: Store
    let clock: SimulatedClock

    /// Begins the rounds for an authenticated client, and returns their number.
    ///
    /// - Throws: an ``APIError`` of 401 if the client's partner was removed after the client was authenticated.
    func run(for client: AuthenticatedClient) async throws -> Int {
        try await runner.run(for: client) { try await retry(client.partner) }
    }

    /// Begins the rounds for the partner of a client id, and returns their number.
    ///
    /// - Throws: an ``APIError`` of 404 if there is no such client.
    func run(clientID: String) async throws -> Int {
        try await runner.run { try await retry(try runner.partners.find(clientID: clientID)) }
    }

    private func retry(_ partner: PartnerRecord) async throws -> (Int, OperationEffects) {
        let now = clock.now
        let requeued = try await store.write { try EventTable.requeueFailed(partner: partner.row, at: now, $0) }
        return (requeued.count, OperationEffects(dueSubscriptions: Array(requeued.subscriptions), due: now))
    }
}
