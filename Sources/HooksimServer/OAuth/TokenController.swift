import HTTPTypes
import Hummingbird
import Webhooks

/// `POST /oauth/token`: client credentials for an access token (RFC 6749, 4.4; api.md, Token).
struct TokenController: Sendable {
    let partners: PartnerRegistry
    let tokens: TokenStore
    let clock: SimulatedClock
    let random: CurrentRandomSource
    let settings: SettingsStore

    static let path = "/oauth/token"

    func addRoutes(to routes: inout Routes) {
        routes.add(.post, Self.path, "createToken") { try await create($0, $1) }
    }

    private func create(_ request: Request, _ context: SimulatorContext) async throws -> Response {
        let body = try await request.bodyBytes()
        let asked = try TokenRequest(
            authorization: request.headers[.authorization], contentType: request.headers[.contentType], body: body)
        let record = try authenticate(asked, context)
        let scopes = try scopes(asked, of: record.partner)
        let lifetime = settings.current.tokenLifetime
        let token = random.current.token()
        guard let number = try await tokens.add(token, for: record, scopes: scopes, expiresAt: clock.now + lifetime)
        else {
            throw TokenError(.invalidClient, "the client was removed while its request was read")
        }
        context.trace.note(created: RequestTrace.Created(token: number, scopes: scopes))

        var writer = JSONWriter()
        writer.beginObject()
        writer.name("access_token")
        writer.string(token)
        writer.name("token_type")
        writer.string("bearer")
        writer.name("expires_in")
        // A lifetime below a second is still not forever.
        writer.integer(max(1, lifetime.milliseconds / 1000))
        if let scope = asked.scope {
            writer.name("scope")
            writer.string(scope)
        }
        writer.endObject()
        var response = Response.json(.ok, writer.bytes)
        response.headers[.cacheControl] = "no-store"
        response.headers[.pragma] = "no-cache"
        return response
    }

    private func authenticate(_ request: TokenRequest, _ context: SimulatorContext) throws -> PartnerRecord {
        for credentials in request.credentials {
            context.trace.note(claimedClient: credentials.clientID)
            guard let record = partners[clientID: credentials.clientID] else { continue }
            context.trace.note(client: credentials.clientID, partner: record.row)
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

extension HTTPField.Name {
    static let pragma = Self("Pragma")!
}
