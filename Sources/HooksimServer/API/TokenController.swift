import HTTPTypes
import Hummingbird
import StrictJSON
import Webhooks

/// `POST /oauth/token`: issues an access token for client credentials (RFC 6749, 4.4; docs/api.md, Token).
struct TokenController: Sendable {
    let issue: IssueToken

    static let path = Operation.createToken.path

    func addRoutes(to routes: inout Routes) {
        routes.add(.createToken, body: .form) { try await create($0, $1) }
    }

    private func create(_ request: Request, _ context: SimulatorContext) async throws -> Response {
        let body = try await request.bodyBytes()
        let asked = try TokenRequest(
            authorization: request.headers[.authorization], contentType: request.headers[.contentType], body: body)
        let issued = try await issue.run(asked, context.trace)
        context.trace.note(created: RequestTrace.Created(token: issued.number, scopes: issued.scopes))

        var writer = JSONWriter()
        writer.beginObject()
        writer.name("access_token")
        writer.string(issued.token)
        writer.name("token_type")
        writer.string("bearer")
        writer.name("expires_in")
        // A lifetime below a second is not sent as 0, which clients may take for a token that never expires.
        writer.integer(max(1, issued.lifetime.milliseconds / 1000))
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
}

extension HTTPField.Name {
    static let pragma = Self("Pragma")!
}
