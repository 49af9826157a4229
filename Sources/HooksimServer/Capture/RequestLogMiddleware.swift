import Hummingbird
import Webhooks

/// Writes each call of the simulated API into the journal; calls of the control API are not part of the simulation.
struct RequestLogMiddleware: RouterMiddleware {
    let journal: RequestLog
    let stream: EventStream
    let clock: SimulatedClock

    /// In bytes: fifty thousand calls are kept.
    private static let longestBody = 2048

    func handle(
        _ request: Request, context: SimulatorContext,
        next: (Request, SimulatorContext) async throws -> Response
    ) async throws -> Response {
        let path = request.uri.path
        guard !ControlGuard.guards(path) else {
            let response = try await next(request, context)
            // Whoever watches a page sees what others change.
            if stream.isWatched, request.method != .get, response.status.code < 400 { stream.publishState(path) }
            return response
        }
        var request = request
        if !request.isRead { request.body = context.trace.listening(to: request.body) }
        let at = clock.now
        let response = try await next(request, context)
        let facts = context.trace.facts
        journal.append(
            RequestLog.Entry(
                at: at, method: request.method.rawValue, path: path,
                query: SecretParameters.hidden(in: request.uri.query ?? ""),
                status: facts.isUnanswered ? nil : response.status.code, partner: facts.partner, client: facts.client,
                fault: facts.fault, body: shownBody(of: request, context)))
        return response
    }

    /// The body as a page may show it, where it is short.
    private func shownBody(of request: Request, _ context: SimulatorContext) -> String? {
        guard !request.isRead, let text = context.trace.keptBody(of: request)?.description else { return nil }
        return text.utf8.count <= Self.longestBody ? text : nil
    }
}
