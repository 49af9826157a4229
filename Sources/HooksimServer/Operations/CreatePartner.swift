import Webhooks

/// The operation that creates a partner, which is isolated from all others.
struct CreatePartner: Sendable {
    let runner: OperationRunner
    let store: Store
    let clock: SimulatedClock
    let random: CurrentRandomSource

    struct Result: Sendable {
        let partner: Partner
        let clientSecret: String
    }

    /// Creates a partner.
    ///
    /// - Parameters:
    ///   - clientID: the client id; generated if it is `nil`.
    ///   - clientSecret: the client secret; generated if it is `nil`.
    ///   - scopes: the scopes that the partner's tokens may have.
    /// - Throws: an ``APIError`` of 409 if another partner has that client id.
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
