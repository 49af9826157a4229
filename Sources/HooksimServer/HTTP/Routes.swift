import HTTPTypes
import Hummingbird
import Webhooks

extension Route {
    /// Rejects unknown query parameters of the control API, where a misspelt filter would select everything. The
    /// simulated API ignores them, as real services do.
    ///
    /// - Throws: ``ValidationFailure`` that names each unknown parameter.
    fileprivate func checkQuery(of request: Request) throws {
        guard !isPage, ControlGuard.guards(path), request.uri.query?.isEmpty == false else { return }
        var failure = ValidationFailure()
        for name in try request.queryFields().fields.map(\.name) where !query.contains(name) {
            let known = query.isEmpty ? "it takes none" : "it takes \(query.enumeration)"
            let hint = Suggestion.nearest(to: name, among: query).map { "did you mean \($0)?" } ?? known
            failure.add(name, .invalid("is not a query parameter of \(method.rawValue) \(path); \(hint)"), .malformed)
        }
        try failure.check()
    }
}

/// The list of all routes, from which the router and the response to a method that is not allowed are built.
struct Routes: Sendable {
    private(set) var all: [Route] = []

    mutating func add(
        _ method: HTTPRequest.Method, _ path: String, _ operation: String, access: Route.Access = .control,
        query: [String] = [], body: Route.Body? = nil, usesStore: Bool = true, mayBeUnknown: Bool = false,
        mayConflict: Bool = false, _ handler: @escaping Route.Handler
    ) {
        all.append(
            Route(
                method: method, path: path, operation: operation, access: access, query: query, body: body,
                usesStore: usesStore, mayBeUnknown: mayBeUnknown, mayConflict: mayConflict, handler: handler))
    }

    /// Adds an operation of the simulated API that is authenticated by the credentials of a client instead of a token.
    mutating func add(_ operation: Operation, body: Route.Body, _ handler: @escaping Route.Handler) {
        all.append(
            Route(
                method: operation.httpMethod, path: operation.path, operation: operation.rawValue,
                access: .credentials, body: body, handler: handler))
    }

    /// Adds an operation of the simulated API, whose requests are authenticated, admitted and authorized first.
    mutating func add(
        _ operation: Operation, query: [String] = [], body: Route.Body? = nil, by authenticator: Authenticator,
        _ handler: @escaping Route.ClientHandler
    ) {
        let scope = operation.scope
        all.append(
            Route(
                method: operation.httpMethod, path: operation.path, operation: operation.rawValue,
                access: .token(scope), query: query, body: body
            ) { request, context in
                let client = try authenticator.authenticate(request, context, needs: scope)
                return try await handler(request, context, client)
            })
    }

    mutating func addPage(_ method: HTTPRequest.Method, _ path: String, _ handler: @escaping Route.Handler) {
        all.append(Route(method: method, path: path, operation: "page \(path)", access: .page, handler: handler))
    }

    /// Returns the methods of a path, with HEAD in addition to GET; an empty array for an unknown path.
    func methods(of path: String) -> [HTTPRequest.Method] {
        let segments = path.split(separator: "/", omittingEmptySubsequences: false)
        // A literal path takes precedence over a template, as in the router.
        let exact = all.filter { $0.path == path }
        let methods = (exact.isEmpty ? all.filter { Self.matches(segments, $0.path) } : exact).map(\.method)
        return methods.contains(.get) ? [.get, .head] + methods.filter { $0 != .get } : methods
    }

    private static func matches(_ segments: [Substring], _ template: String) -> Bool {
        let parts = template.split(separator: "/", omittingEmptySubsequences: false)
        return parts.count == segments.count
            && zip(parts, segments).allSatisfy { part, segment in
                part == segment || part.first == "{" && !segment.isEmpty
            }
    }

    /// Adds all routes to a router; they use the middleware added to it before.
    func add(to router: Router<SimulatorContext>) {
        for route in all {
            router.on(RouterPath(route.path), method: route.method) { request, context in
                context.trace.note(operation: route.operation)
                try route.checkQuery(of: request)
                return try await route.handler(request, context)
            }
        }
    }
}
