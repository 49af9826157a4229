import Webhooks

/// The operation that begins a new round for each failed event of a partner whose subscription is active.
struct RetryFailedEvents: Sendable {
    let runner: OperationRunner
    let store: Store
    let clock: SimulatedClock

    /// Returns how many events will be sent again, for an authenticated client.
    ///
    /// - Throws: an ``APIError`` of 401 when the client's partner has gone meanwhile.
    func run(for client: AuthenticatedClient) async throws -> Int {
        try await runner.run(for: client) { try await retry(client.partner) }
    }

    /// Returns how many events will be sent again.
    ///
    /// - Throws: an ``APIError`` of 404 when there is no such client.
    func run(clientID: String) async throws -> Int {
        try await runner.run { try await retry(try runner.partners.find(clientID: clientID)) }
    }

    private func retry(_ partner: PartnerRecord) async throws -> (Int, OperationEffects) {
        let now = clock.now
        let requeued = try await store.write { try EventTable.requeueFailed(partner: partner.row, at: now, $0) }
        return (requeued.count, OperationEffects(dueSubscriptions: Array(requeued.subscriptions), due: now))
    }
}
