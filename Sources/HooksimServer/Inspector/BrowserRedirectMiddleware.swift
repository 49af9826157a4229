import HTTPTypes
import Hummingbird

/// Redirects a browser that requests `/` to the inspector; an API client receives the response of the API.
struct BrowserRedirectMiddleware: RouterMiddleware {
    func handle(
        _ request: Request, context: SimulatorContext,
        next: (Request, SimulatorContext) async throws -> Response
    ) async throws -> Response {
        guard request.method == .get, request.uri.path == "/",
            request.headers[.accept]?.contains("text/html") == true
        else { return try await next(request, context) }
        return Response(status: .found, headers: [.location: "/__admin/"])
    }
}
