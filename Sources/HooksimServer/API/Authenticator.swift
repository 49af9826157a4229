import HTTPTypes
import Hummingbird
import Webhooks

/// Authenticates, admits and authorizes requests: checks the token, the rate limit and the scope, in this order.
struct Authenticator: Sendable {
    let tokens: TokenRegistry
    let limiter: RateLimiter

    /// Returns the client of a request that has a valid token.
    ///
    /// - Throws: an ``APIError`` of 401, 403 or 429.
    func authenticate(_ request: Request, _ context: SimulatorContext, needs scope: Scope) throws -> AuthenticatedClient
    {
        guard let token = Self.bearerToken(request.headers[.authorization]) else { throw APIError.tokenMissing() }
        guard let client = tokens.client(of: token) else { throw APIError.tokenInvalid() }
        let partner = client.partner
        context.trace.note(client: partner.partner.clientID, partner: partner.row, tokenNumber: client.tokenNumber)
        try limiter.admit(client: partner.row)
        guard client.scopes.isSuperset(of: scope) else { throw APIError.insufficientScope(scope) }
        return client
    }

    /// Returns the token of an Authorization header whose scheme is Bearer, in any case (RFC 9110, 11.1).
    static func bearerToken(_ header: String?) -> String? {
        guard let header, let space = header.utf8.firstIndex(of: UInt8(ascii: " ")),
            header[..<space].lowercased() == "bearer"
        else { return nil }
        let token = header.utf8[space...].drop { $0 == UInt8(ascii: " ") }
        return token.isEmpty ? nil : String(Substring(token))
    }
}
