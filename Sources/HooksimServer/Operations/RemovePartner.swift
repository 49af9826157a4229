import Webhooks

/// The operations that remove a partner, or everything that it owns.
struct RemovePartner: Sendable {
    let runner: OperationRunner
    let store: Store
    let memory: PartnerMemory
    let defaultClient: DefaultClient

    /// Removes a partner with everything that it owns, and returns it.
    ///
    /// - Throws: an ``APIError`` of 404 if there is no such partner, or of 409 for the partner of the default client.
    func run(id: Identifier) async throws -> Partner {
        try await runner.runAlone {
            guard let record = runner.partners.all.first(where: { $0.partner.id == id }) else {
                throw APIError.notFound("there is no partner \(id); GET /__admin/partners lists them")
            }
            guard record.partner.clientID != defaultClient.clientID else {
                throw APIError.conflict(
                    "the partner given at start can't be removed; POST /__admin/reset empties it")
            }
            let (_, subscriptions) = try await remove(record) { try PartnerTable.remove(row: record.row, $0) }
            runner.partners.remove(record)
            await forget(record, subscriptions)
            return record.partner
        }
    }

    /// Removes everything that a partner owns, but not the partner itself.
    ///
    /// - Throws: an ``APIError`` of 404 if there is no such client.
    func empty(clientID: String) async throws {
        try await runner.runAlone {
            let record = try runner.partners.find(clientID: clientID)
            let (emptied, subscriptions) = try await remove(record) { try PartnerTable.empty(record, $0) }
            runner.partners.replace(record, by: emptied)
            await forget(record, subscriptions)
        }
    }

    /// Removes rows of a partner in a transaction, and returns the row numbers of its subscriptions with the result of
    /// `body`.
    private func remove<Result: Sendable>(
        _ record: PartnerRecord, _ body: @escaping @Sendable (StoreSession) throws -> Result
    ) async throws -> (Result, subscriptions: [Int]) {
        do {
            return try await store.write(withoutSavepoint: true) { [records = memory.records] session in
                records.writeRemoval(session)
                let subscriptions = try SubscriptionTable.rows(ofPartner: record.row, session)
                return (try body(session), subscriptions)
            }
        } catch {
            memory.records.keepAll()
            throw error
        }
    }

    private func forget(_ record: PartnerRecord, _ subscriptions: [Int]) async {
        memory.forget(record)
        runner.worker.close(subscriptions)
        await runner.worker.finishClaim()
    }
}

/// The state of partners that is kept in memory beside the store: the only list of what is forgotten with a partner.
struct PartnerMemory: Sendable {
    let tokens: TokenRegistry
    let limiter: RateLimiter
    let records: RequestRecords

    func forget(_ record: PartnerRecord) {
        tokens.forget(clientID: record.partner.clientID)
        limiter.clear(client: record.row)
        // The records come last, so that those of a request that was authenticated before are forgotten too.
        records.forget(record)
    }

    func forgetAll() {
        tokens.forget()
        limiter.clear()
        records.forgetAll()
    }
}
