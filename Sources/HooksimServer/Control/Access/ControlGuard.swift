import HTTPTypes
import Hummingbird
import Webhooks

/// Guards the control API, which trusts the machine but not the browser (docs/control-api.md, Rules for all requests).
struct ControlGuard: RouterMiddleware {
    static let prefix = "/__admin"

    /// The accepted hosts in addition to the loopback ones, in lower case and without a port.
    let allowedHosts: Set<String>
    let adminToken: AdminToken
    let sessions: InspectorSessions

    init(allowedHosts: [String], adminToken: AdminToken, sessions: InspectorSessions) {
        self.allowedHosts = Set(allowedHosts.map { $0.lowercased() })
        self.adminToken = adminToken
        self.sessions = sessions
    }

    func handle(
        _ request: Request, context: SimulatorContext,
        next: (Request, SimulatorContext) async throws -> Response
    ) async throws -> Response {
        guard Self.guards(request.uri.path), !Self.isProbe(request) else { return try await next(request, context) }
        try checkOrigin(request)
        if try !isAuthorized(request, from: context.remoteHost) {
            guard request.method == .get, Self.isPage(request.uri.path) else { throw Self.tokenMissing }
            return Response(status: .seeOther, headers: [.location: LoginController.path])
        }
        try checkType(request)
        return try await next(request, context)
    }

    static func guards(_ path: String) -> Bool { path == prefix || path.hasPrefix(prefix + "/") }

    /// Returns whether a request reads only the health, which reveals no secret: a probe connects to an address and has
    /// no token.
    private static func isProbe(_ request: Request) -> Bool { request.isRead && request.uri.path == "/__admin/health" }

    private func checkOrigin(_ request: Request) throws {
        // A page of another site can make the browser resolve that site's name to this machine, but can't make it send
        // another Host.
        let authority = request.head.authority ?? request.headers[.init("Host")!] ?? ""
        guard isTrusted(host: authority) else {
            throw APIError.forbidden("the control API accepts only a loopback Host; allow others with --allow-host")
        }
        if let origin = request.headers[.origin], origin != "http://\(authority)", origin != "https://\(authority)" {
            throw APIError.forbidden("the control API refuses requests from pages of another origin")
        }
    }

    private func isAuthorized(_ request: Request, from address: String) throws -> Bool {
        let path = request.uri.path
        // A session cookie is accepted for the pages and the live feed that they subscribe to, but never for the
        // control API.
        if Self.isOpen(path) || Self.isForBrowsers(path) && sessions.holds(request) { return true }
        return try adminToken.accepts(Authenticator.bearerToken(request.headers[.authorization]), from: address)
    }

    private static var tokenMissing: APIError {
        APIError(
            status: .unauthorized, code: "unauthorized",
            message:
                "the control API needs the admin token; send Authorization: Bearer with the value of --admin-token",
            headers: [.wwwAuthenticate: #"Bearer realm="hooksim control API""#])
    }

    private func checkType(_ request: Request) throws {
        // Without a preflight request, a page of another site can post a form, but not JSON.
        let writes: Set<HTTPRequest.Method> = [.post, .put, .patch]
        if writes.contains(request.method), request.hasBody || request.headers[.contentType] != nil {
            // The inspector's own forms contain a token that other sites can't know.
            let type = mediaType(request.headers[.contentType])
            let isForm =
                type == "application/x-www-form-urlencoded" && request.uri.path.hasPrefix(InspectorFrame.root + "/")
            guard type == "application/json" || isForm else { throw APIError.unsupportedMediaType() }
        }
    }

    /// Returns whether a path is that of a page or of the live feed, to which pages subscribe.
    private static func isForBrowsers(_ path: String) -> Bool { isPage(path) || path == "/__admin/stream" }

    private static func isPage(_ path: String) -> Bool {
        path == prefix || path == prefix + "/" || path.hasPrefix(InspectorFrame.root + "/")
    }

    /// Returns whether a path needs no admin token: that of the login page, or of its style sheet.
    private static func isOpen(_ path: String) -> Bool {
        path == LoginController.path || path == InspectorFrame.root + "/style.css"
    }

    private func isTrusted(host authority: String) -> Bool {
        let host: Substring
        if authority.first == "[" {
            host = authority.dropFirst().prefix { $0 != "]" }
        } else {
            host = authority.prefix { $0 != ":" }
        }
        if host.lowercased() == "localhost" || allowedHosts.contains(host.lowercased()) { return true }
        return NetworkAddress(String(host))?.isLoopback ?? false
    }
}
