import Webhooks

/// The operation that begins a new round for each failed event of a partner, if the event's subscription is active.
///
/// The number of events and which ones they are is determined at once; more than some hundred are retried in groups.
struct RetryFailedEvents: Sendable {
    let runner: OperationRunner
    let bulk: BulkRunner
    let store: Store
    let clock: SimulatedClock

    /// The real time for which a client waits for the last group; after it, the retry goes on without the client.
    private static let patience = Duration.seconds(2)

    /// Begins the rounds for an authenticated client, and returns their number.
    ///
    /// - Throws: an ``APIError`` of 401 if the client's partner was removed after the client was authenticated.
    func run(for client: AuthenticatedClient) async throws -> Int {
        try await run { try await runner.run(for: client) { try await retry(client.partner) } }
    }

    /// Begins the rounds for the partner of a client id, and returns their number.
    ///
    /// - Throws: an ``APIError`` of 404 if there is no such client.
    func run(clientID: String) async throws -> Int {
        try await run { try await runner.run { try await retry(try runner.partners.find(clientID: clientID)) } }
    }

    /// The beginning of a retry.
    private struct Beginning: Sendable {
        let count: Int
        /// The number of the bulk operation that retries the rest; `nil` if there is no rest.
        let rest: Int?
        /// Whether nothing began, because the rest of an earlier retry has to come first.
        var isEarlier = false
        var dueSubscriptions: Set<Int> = []
    }

    private func run(_ begin: () async throws -> Beginning) async throws -> Int {
        while true {
            let beginning = try await begin()
            guard let rest = beginning.rest else { return beginning.count }
            try await bulk.wait(forNumber: rest, atMost: beginning.isEarlier ? nil : Self.patience)
            if !beginning.isEarlier { return beginning.count }
            try Task.checkCancellation()
        }
    }

    private func retry(_ partner: PartnerRecord) async throws -> (Beginning, OperationEffects) {
        let now = clock.now
        let beginning = try await store.write(withoutSavepoint: true) { session in
            if let earlier = try BulkOperationTable.retry(ofPartner: partner.row, session) {
                return Beginning(count: 0, rest: earlier, isEarlier: true)
            }
            let count = try EventTable.retryableCount(partner: partner.row, session)
            guard count > 0 else { return Beginning(count: 0, rest: nil) }
            let (rest, group) = try BulkOperation.begin(.retry(partner: partner.row), at: now, session)
            return Beginning(count: count, rest: rest, dueSubscriptions: group.dueSubscriptions)
        }
        return (beginning, OperationEffects(dueSubscriptions: Array(beginning.dueSubscriptions), due: now))
    }
}
