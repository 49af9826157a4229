import Hummingbird

/// Rejects the requests of refused connections (``ConnectionAdmission``), except for the health check: a simulator that
/// is busy is not dead.
struct ConnectionLimitMiddleware: RouterMiddleware {
    let admission: ConnectionAdmission

    func handle(
        _ request: Request, context: SimulatorContext,
        next: (Request, SimulatorContext) async throws -> Response
    ) async throws -> Response {
        guard admission.refuses(context.channel) else { return try await next(request, context) }
        guard request.uri.path == HealthController.path else { throw APIError.tooManyConnections() }
        var response = try await next(request, context)
        response.headers[.connection] = "close"
        return response
    }
}
