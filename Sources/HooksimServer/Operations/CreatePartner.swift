import Webhooks

/// The operation that creates a partner, isolated from all others.
struct CreatePartner: Sendable {
    let runner: OperationRunner
    let store: Store
    let clock: SimulatedClock
    let random: CurrentRandomSource

    struct Result: Sendable {
        let partner: Partner
        let clientSecret: String
    }

    /// - Parameters:
    ///   - clientID: drawn where it is `nil`.
    ///   - clientSecret: drawn where it is `nil`.
    /// - Throws: an ``APIError`` of 409 when there is a partner with that client id.
    func run(clientID: String?, clientSecret: String?, scopes: Scope) async throws -> Result {
        try await runner.run {
            let source = random.current
            let id = source.identifier()
            let secret = clientSecret ?? source.token()
            let partner = Partner(
                id: id, clientID: clientID ?? "client-\(id)", secretDigest: Partner.digest(ofSecret: secret),
                scopes: scopes, createdAt: clock.now)
            guard let record = try await store.write({ try PartnerTable.insert(partner, $0) }) else {
                throw APIError.conflict(
                    "there is a partner with client_id \(partner.clientID) already; choose another")
            }
            runner.partners.add(record)
            return (Result(partner: partner, clientSecret: secret), .none)
        }
    }
}
