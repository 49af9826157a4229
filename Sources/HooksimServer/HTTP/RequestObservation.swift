import Hummingbird
import Logging
import Webhooks

/// Counts and logs each request with its outcome. All log lines of one request have the same request id.
///
/// Query, header fields and body are not logged, since they may contain secrets.
struct RequestObservation: RouterMiddleware {
    let metrics: Metrics

    func handle(
        _ request: Request, context: SimulatorContext,
        next: (Request, SimulatorContext) async throws -> Response
    ) async throws -> Response {
        let start = ContinuousClock.now
        let response = try await next(request, context)
        let duration = ContinuousClock.now - start
        let facts = context.trace.facts
        let status = facts.hasNoResponse ? nil : response.status.code
        metrics.countRequest(of: facts.operation, status: status, duration: duration)
        context.logger.info(
            "request",
            metadata: [
                "method": "\(request.method)", "path": "\(SecretParameters.hidden(inPath: request.uri.path))",
                "operation": "\(facts.operation)",
                "status": "\(status.map(String.init) ?? "none")", "client": "\(facts.client ?? "")",
                "duration_us": "\(duration.microseconds)",
            ])
        return response
    }
}
