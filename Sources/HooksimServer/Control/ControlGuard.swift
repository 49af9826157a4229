import HTTPTypes
import Hummingbird
import Webhooks

/// Guards the control API: it trusts the machine, not the browser (docs/control-api.md, Rules for all requests).
struct ControlGuard: RouterMiddleware {
    static let prefix = "/__admin"

    /// Hosts beside the loopback ones, in lower case, without a port.
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

    /// Whether it asks for the health alone, which says nothing secret: probes call by an address and have no token.
    private static func isProbe(_ request: Request) -> Bool { request.isRead && request.uri.path == "/__admin/health" }

    private func checkOrigin(_ request: Request) throws {
        // A page of another site can make the browser resolve its own name to this machine, but can't make it send another Host.
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
        // A cookie opens the pages, and what they ask for by themselves; never the control API.
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
        // Forms of other sites can only post other types than JSON without asking first.
        let writes: Set<HTTPRequest.Method> = [.post, .put, .patch]
        if writes.contains(request.method), request.hasBody || request.headers[.contentType] != nil {
            // The inspector's own forms carry a token that other sites can't know.
            let type = mediaType(request.headers[.contentType])
            let isForm =
                type == "application/x-www-form-urlencoded" && request.uri.path.hasPrefix(InspectorFrame.root + "/")
            guard type == "application/json" || isForm else { throw APIError.unsupportedMediaType() }
        }
    }

    /// Pages, and what they ask for by themselves.
    private static func isForBrowsers(_ path: String) -> Bool { isPage(path) || path == "/__admin/stream" }

    private static func isPage(_ path: String) -> Bool {
        path == prefix || path == prefix + "/" || path.hasPrefix(InspectorFrame.root + "/")
    }

    /// What asks for the token can't need it.
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
