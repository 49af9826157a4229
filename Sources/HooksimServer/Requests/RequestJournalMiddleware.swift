import Hummingbird
import Webhooks

/// Writes each call of the simulated API into the journal; calls of the control API are not part of the simulation.
struct RequestJournalMiddleware: RouterMiddleware {
    let journal: RequestJournal
    let stream: EventStream
    let clock: SimulatedClock

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
        let at = clock.now
        let response = try await next(request, context)
        let facts = context.trace.facts
        journal.append(
            RequestJournal.Entry(
                at: at, method: request.method.rawValue, path: path,
                query: SecretParameters.hidden(in: request.uri.query ?? ""),
                status: facts.isUnanswered ? nil : response.status.code, partner: facts.partner, client: facts.client,
                fault: facts.fault, body: facts.shownBody))
        return response
    }
}
