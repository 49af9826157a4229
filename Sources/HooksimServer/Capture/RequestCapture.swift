import HTTPTypes
import Hummingbird
import StrictJSON
import Webhooks

/// Captures each request once.
///
/// Requests of the simulated API go to the request log and the recording. Requests of the control API and of the inspector go to
/// the recording if they perform an operation that is recorded.
struct RequestCapture: RouterMiddleware {
    let records: RequestRecords
    let keptBody: KeptBody
    let tokens: TokenRegistry
    let feed: LiveFeed
    let clock: SimulatedClock
    /// The client id of a trigger whose body has no `client_id`.
    let defaultClientID: String
    /// The routes of the operations that are recorded.
    private let routes: [RecordedOperation: Route]
    /// The paths of ``routes``.
    private let paths: Set<String>

    /// The paths that browsers request on their own.
    private static let unasked: Set<String> = ["/favicon.ico"]
    /// The status codes with which a request is refused because of its body.
    private static let refusalsOfBodies: Set<Int> = [400, 413, 422]

    init(
        records: RequestRecords, keptBody: KeptBody, tokens: TokenRegistry, feed: LiveFeed, clock: SimulatedClock,
        defaultClientID: String, routes: Routes
    ) {
        self.records = records
        self.keptBody = keptBody
        self.tokens = tokens
        self.feed = feed
        self.clock = clock
        self.defaultClientID = defaultClientID
        self.routes = Dictionary(
            routes.all.compactMap { route in RecordedOperation(rawValue: route.operation).map { ($0, route) } },
            uniquingKeysWith: { first, _ in first })
        paths = Set(self.routes.values.map(\.path))
    }

    func handle(
        _ request: Request, context: SimulatorContext,
        next: (Request, SimulatorContext) async throws -> Response
    ) async throws -> Response {
        let isControl = ControlGuard.guards(request.uri.path)
        guard !isControl || !request.isRead else { return try await next(request, context) }
        var request = request
        if !request.isRead { request.body = context.trace.listening(to: request.body) }
        let begin = clock.now
        let stamp = records.boundaries.begin()
        defer { records.boundaries.end(stamp) }
        let response = try await next(request, context)
        if isControl {
            // An open page of the inspector shows the changes of other clients.
            // A response to a delivery changes nothing but the attempt, which has messages of its own.
            let isResponse = context.trace.facts.operation == "respondToDelivery"
            if feed.hasSubscribers, response.status.code < 400, !isResponse { feed.publishState(request.uri.path) }
            captureControl(request, response, context, from: begin, stamp)
        } else if !Self.unasked.contains(request.uri.path) {
            let captured = capture(request, response, context, from: begin, stamp)
            records.log.append(captured)
            if !captured.isInner { records.recorder.record(captured) }
        }
        return response
    }

    // MARK: The simulated API

    private func capture(
        _ request: Request, _ response: Response, _ context: SimulatorContext, from begin: Timestamp,
        _ stamp: CaptureBoundaries.Stamp
    ) -> CapturedRequest {
        let facts = context.trace.facts
        let path = request.uri.path
        let operation =
            RecordedOperation(rawValue: facts.operation)
            // A fault may respond before the request reaches its route.
            ?? Operation(method: request.method.rawValue, path: path).flatMap {
                RecordedOperation(rawValue: $0.rawValue)
            }
        var captured = CapturedRequest(
            operation: operation, method: request.method.rawValue, path: withoutSecrets(path: path),
            query: withoutSecrets(query: request.uri.query ?? ""), begin: begin, end: clock.now, stamp: stamp)
        captured.partner = facts.partner
        captured.clientID = facts.client
        captured.claimedClientID = facts.claimedClient
        captured.fault = facts.fault
        captured.status = facts.hasNoResponse ? nil : response.status.code
        if let number = facts.tokenNumber {
            captured.authorization = .token(number)
        } else if let token = Authenticator.bearerToken(request.headers[.authorization]) {
            captured.authorization = .token(tokens.number(of: token))
        }
        captured.created = facts.created
        captured.isInner = context.isInner
        guard !request.isRead else { return captured }
        captured.body = keptBody.json(facts.body, contentType: request.headers[.contentType], operation: operation)
        captured.bodySize = facts.body.count
        captured.isBodyLost =
            captured.body == nil && request.hasBody && Self.refusalsOfBodies.contains(response.status.code)
        return captured
    }

    private func withoutSecrets(path: String) -> String {
        let path = SecretParameters.hidden(inPath: path)
        // The literal path of a route is no secret, even if a configured secret has the same text.
        if paths.contains(path) { return path }
        return keptBody.knownSecrets.hidden(in: path)
    }

    private func withoutSecrets(query: String) -> String {
        query.isEmpty ? query : keptBody.knownSecrets.hidden(in: SecretParameters.hidden(in: query))
    }

    // MARK: The control API

    /// Records the operation of the control API that a request performed: its own, or that of a form.
    private func captureControl(
        _ request: Request, _ response: Response, _ context: SimulatorContext, from begin: Timestamp,
        _ stamp: CaptureBoundaries.Stamp
    ) {
        guard !records.recorder.isFull, !context.isInner else { return }
        let facts = context.trace.facts
        var captured: CapturedRequest
        if let performed = facts.performed {
            guard let route = routes[performed.operation] else { return }
            let path = route.path(with: performed.parameters)
            captured = CapturedRequest(
                operation: performed.operation, method: route.method.rawValue, path: path, query: "", begin: begin,
                end: clock.now, stamp: stamp)
            captured.body = performed.body
            captured.clientID = performed.clientID
            captured.status = 200
        } else {
            guard let operation = RecordedOperation(rawValue: facts.operation),
                (200...299).contains(response.status.code)
            else { return }
            captured = CapturedRequest(
                operation: operation, method: request.method.rawValue, path: request.uri.path, query: "", begin: begin,
                end: clock.now, stamp: stamp)
            captured.body = keptBody.json(
                facts.body, contentType: request.headers[.contentType], operation: operation)
            captured.status = response.status.code
        }
        captured.bodySize = facts.body.count
        captured.created = facts.created
        if captured.operation == .triggerEvent {
            captured.clientID = captured.clientID ?? captured.body?["client_id"]?.string ?? defaultClientID
        }
        records.recorder.record(captured)
    }
}

extension Route {
    /// Returns the path with its parameters replaced by values.
    fileprivate func path(with parameters: [String: String]) -> String {
        parameters.reduce(path) { $0.replacing("{\($1.key)}", with: $1.value) }
    }
}
