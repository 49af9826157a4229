import HTTPTypes
import Hummingbird

/// Makes paths with empty segments unknown, as they are on the real API.
///
/// The router overlooks such segments, and would serve `/webhooks/`, and `//__admin/reset` past the guard of `/__admin`.
struct ExactPathMiddleware: RouterMiddleware {
    let routes: Routes

    func handle(
        _ request: Request, context: SimulatorContext,
        next: (Request, SimulatorContext) async throws -> Response
    ) async throws -> Response {
        let path = request.uri.path
        guard !Self.hasEmptySegment(path) || !routes.methods(of: path).isEmpty else { throw HTTPError(.notFound) }
        return try await next(request, context)
    }

    private static func hasEmptySegment(_ path: String) -> Bool {
        var last: UInt8 = 0
        for byte in path.utf8 {
            if byte == UInt8(ascii: "/"), last == byte { return true }
            last = byte
        }
        return last == UInt8(ascii: "/")
    }
}
