import Webhooks

/// The operation that issues an access token to a client (RFC 6749, 4.4).
struct IssueToken: Sendable {
    let runner: OperationRunner
    let tokens: TokenRegistry
    let clock: SimulatedClock
    let random: CurrentRandomSource
    let settings: SettingsState

    struct Result: Sendable {
        let token: String
        /// The token's number in the registry.
        let number: Int
        let scopes: Scope
        let lifetime: TimeSpan
    }

    /// Issues a token for the credentials of a request.
    ///
    /// - Parameter trace: the request's trace, which notes the client that the credentials name even if they are
    ///   refused.
    /// - Throws: a ``TokenError`` if the client is unknown, its secret is wrong, or it must not have the scope.
    func run(_ request: TokenRequest, _ trace: RequestTrace) async throws -> Result {
        try await runner.run {
            let record = try authenticate(request, trace)
            let scopes = try scopes(request, of: record.partner)
            let lifetime = settings.current.tokenLifetime
            let token = random.current.token()
            let number = try await tokens.add(token, for: record, scopes: scopes, expiresAt: clock.now + lifetime)
            guard let number else {
                throw TokenError(.invalidClient, "the client was removed before its token was stored")
            }
            return (Result(token: token, number: number, scopes: scopes, lifetime: lifetime), .none)
        }
    }

    private func authenticate(_ request: TokenRequest, _ trace: RequestTrace) throws -> PartnerRecord {
        for credentials in request.credentials {
            trace.note(claimedClient: credentials.clientID)
            guard let record = runner.partners[clientID: credentials.clientID] else { continue }
            trace.note(client: credentials.clientID, partner: record.row)
            if record.partner.hasSecret(credentials.clientSecret) { return record }
        }
        throw TokenError(
            .invalidClient, "the client is unknown or its secret is wrong; check client_id and client_secret")
    }

    private func scopes(_ request: TokenRequest, of partner: Partner) throws -> Scope {
        guard let text = request.scope else { return partner.scopes }
        guard let scopes = Scope(text), scopes.isSubset(of: partner.scopes), !scopes.isEmpty else {
            throw TokenError(.invalidScope, "the scope must be some of: \(partner.scopes)")
        }
        return scopes
    }
}
