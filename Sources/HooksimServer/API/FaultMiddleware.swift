import FoundationEssentials
import HTTPTypes
import Hummingbird
import NIOCore
import ServiceLifecycle
import StrictJSON
import Webhooks

/// Applies the fault rules to requests of the simulated API.
struct FaultMiddleware: RouterMiddleware {
    let faults: FaultRegistry
    let tokens: TokenRegistry
    let clock: SimulatedClock

    func handle(
        _ request: Request, context: SimulatorContext,
        next: (Request, SimulatorContext) async throws -> Response
    ) async throws -> Response {
        guard faults.concernRequests,
            let operation = Operation(method: request.method.rawValue, path: request.uri.path)
        else {
            return try await next(request, context)
        }
        var request = request
        let client = try await client(of: &request, operation)
        if let client { context.trace.note(client: client.partner.clientID, partner: client.row) }
        let faultable = FaultableRequest(
            operation: operation, method: request.method.rawValue, path: request.uri.path,
            clientID: client?.partner.clientID, hasCursor: Self.hasCursor(request))
        guard let hit = faults.hit(faultable), case .request(let fault) = hit.effect.action else {
            return try await next(request, context)
        }
        context.trace.note(fault: hit.effect.name)
        return try await apply(fault, hit, operation, request, context, next)
    }

    private func apply(
        _ fault: APIFault, _ hit: FaultPlan.Hit, _ operation: Operation, _ request: Request,
        _ context: SimulatorContext,
        _ next: (Request, SimulatorContext) async throws -> Response
    ) async throws -> Response {
        var generator = hit.generator
        switch fault {
        case .respond(let status, let body, let headers):
            return Self.response(status, body, headers, operation)
        case .delay(let distribution):
            let span = distribution.draw(using: &generator)
            // On a frozen clock the sleep may never end; its cancellation keeps it from delaying a graceful shutdown.
            await cancelWhenGracefulShutdown { await clock.sleep(for: span) }
            return try await next(request, context)
        case .rateLimit(let seconds):
            let error = APIError.tooManyRequests(retryAfter: seconds)
            return operation == .createToken ? error.tokenResponse : error.response
        case .expireToken:
            guard operation == .createToken else {
                if let token = Authenticator.bearerToken(request.headers[.authorization]) {
                    try await tokens.expire(token)
                }
                return try await next(request, context)
            }
            let response = try await next(request, context)
            let (bytes, rebuilt) = try await response.collected()
            if let token = (try? JSON(parsing: bytes))?["access_token"]?.string { try await tokens.expire(token) }
            return rebuilt
        case .refuseCursor:
            let name = (try? request.queryFields().value("after")) ?? nil == nil ? "before" : "after"
            return APIError.validation(PageRequest.cursorIsOfNoRow(name)).response
        case .alterBody(let altered):
            let (bytes, response) = try await next(request, context).collected()
            return response.replacingBody(altered(bytes))
        case .dribble(let chunks, let over):
            let (bytes, response) = try await next(request, context).collected()
            return response.dribbling(bytes, chunks: chunks, over: over)
        case .connection(let connection):
            context.trace.note(hasNoResponse: true)
            let whole = connection == .closeMidway ? try await next(request, context) : Response(status: .ok)
            return try await ConnectionFault(channel: context.channel).apply(connection, to: whole, using: &generator)
        }
    }

    /// Returns the response that a rule defines, or an error response of the API if the rule has no body.
    private static func response(_ status: Int, _ body: JSON?, _ headers: [String: String], _ operation: Operation)
        -> Response
    {
        var response: Response
        switch body {
        case nil:
            let status = HTTPResponse.Status(code: status)
            let code =
                status.reasonPhrase.isEmpty
                ? "fault" : status.reasonPhrase.lowercased().split(separator: " ").joined(separator: "_")
            let error = APIError(status: status, code: code, message: "a fault rule responds to this request")
            response = operation == .createToken ? error.tokenResponse : error.response
        case .string(let text)?: response = .text(.init(code: status), text)
        case let json?: response = .json(.init(code: status), json)
        }
        for (name, value) in headers {
            if let name = HTTPField.Name(name) { response.headers[name] = value }
        }
        return response
    }

    private static func hasCursor(_ request: Request) -> Bool {
        guard let query = try? request.queryFields() else { return false }
        return query.fields.contains { ($0.name == "after" || $0.name == "before") && !$0.value.isEmpty }
    }

    /// Identifies the client for fault matching, without authenticating it: an expired token or a wrong secret is
    /// sufficient.
    private func client(of request: inout Request, _ operation: Operation) async throws -> PartnerRecord? {
        guard operation == .createToken else {
            return Authenticator.bearerToken(request.headers[.authorization]).flatMap { tokens.owner(of: $0) }
        }
        // The body of a request that will be rejected unread is not read here either.
        guard (try? request.checkBody()) != nil else { return nil }
        let body = try await request.bodyBytes()
        request.body = RequestBody(buffer: ByteBuffer(bytes: body))
        let asked = try? TokenRequest(
            authorization: request.headers[.authorization], contentType: request.headers[.contentType], body: body)
        return asked?.credentials.lazy.compactMap { tokens.partner(clientID: $0.clientID) }.first
    }
}

extension PageRequest {
    /// Returns the error for a cursor that belongs to another partner or to a row that no longer exists.
    static func cursorIsOfNoRow(_ name: String) -> ValidationFailure {
        ValidationFailure(name, .invalid("does not belong to this list; start again without a cursor"), .malformed)
    }
}
