import HTTPTypes
import Hummingbird

/// Sends a browser that asks for `/` to the inspector; a client of the API gets what the API answers there.
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
