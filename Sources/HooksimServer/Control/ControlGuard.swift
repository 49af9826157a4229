import Crypto
import HTTPTypes
import Hummingbird
import Webhooks

/// Guards the control API: it trusts the machine, not the browser (simulator.md, Control API).
struct ControlGuard: RouterMiddleware {
    static let prefix = "/__admin"

    /// Hosts beside the loopback ones, in lower case, without a port.
    let allowedHosts: Set<String>
    let tokenDigest: SHA256Digest?
    private let logins = LoginLimiter()

    init(allowedHosts: [String], adminToken: String?) {
        self.allowedHosts = Set(allowedHosts.map { $0.lowercased() })
        tokenDigest = adminToken.map { SHA256.hash(data: Array($0.utf8)) }
    }

    func handle(
        _ request: Request, context: SimulatorContext,
        next: (Request, SimulatorContext) async throws -> Response
    ) async throws -> Response {
        if Self.guards(request.uri.path) { try check(request, from: context.channel.remoteAddress?.ipAddress ?? "") }
        return try await next(request, context)
    }

    static func guards(_ path: String) -> Bool { path == prefix || path.hasPrefix(prefix + "/") }

    private func check(_ request: Request, from address: String) throws {
        // A page of another site can make the browser resolve its own name to this machine, but can't make it send another Host.
        let authority = request.head.authority ?? request.headers[.init("Host")!] ?? ""
        guard isTrusted(host: authority) else {
            throw APIError.forbidden("the control API answers only to a loopback Host; allow others with --allow-host")
        }
        if let origin = request.headers[.origin], origin != "http://\(authority)", origin != "https://\(authority)" {
            throw APIError.forbidden("the control API does not answer to pages of another origin")
        }
        if let digest = tokenDigest {
            if let wait = logins.wait(for: address) { throw APIError.tooManyGuesses(retryAfter: wait) }
            let token = Self.token(request)
            // Digests are compared in constant time, whatever the token and however long it is.
            guard SHA256.hash(data: Array((token ?? "").utf8)) == digest else {
                if token != nil { logins.noteFailure(of: address) }
                // A browser asks its user for a password, once it is asked for one.
                if Self.isForBrowsers(request.uri.path) {
                    throw APIError(
                        status: .unauthorized, code: "unauthorized",
                        message: "the inspector asks for the value of --admin-token as the password, whatever the name",
                        headers: [.wwwAuthenticate: #"Basic realm="hooksim inspector""#])
                }
                throw APIError(
                    status: .unauthorized, code: "unauthorized",
                    message:
                        "the control API needs the admin token; send Authorization: Bearer with the value of --admin-token",
                    headers: [.wwwAuthenticate: #"Bearer realm="hooksim control API""#])
            }
        }
        // Forms of other sites can only post other types than JSON without asking first.
        let writes: Set<HTTPRequest.Method> = [.post, .put, .patch]
        if writes.contains(request.method), request.hasBody || request.headers[.contentType] != nil {
            // The inspector's own forms carry a token that other sites can't know.
            let type = mediaType(request.headers[.contentType])
            let isForm =
                type == "application/x-www-form-urlencoded" && request.uri.path.hasPrefix(InspectorPage.root + "/")
            guard type == "application/json" || isForm else { throw APIError.unsupportedMediaType() }
        }
    }

    /// As a bearer token, or as the password of HTTP Basic from a browser's user.
    private static func token(_ request: Request) -> String? {
        if let token = Authenticator.bearerToken(request.headers[.authorization]) { return token }
        guard isForBrowsers(request.uri.path) else { return nil }
        return request.headers[.authorization].flatMap(TokenRequest.password)
    }

    /// Pages, and what they ask for by themselves.
    private static func isForBrowsers(_ path: String) -> Bool {
        path == prefix || path == prefix + "/" || path.hasPrefix(InspectorPage.root + "/") || path == "/__admin/stream"
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
