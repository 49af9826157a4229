import HTTPTypes
import Hummingbird

/// Rejects paths with empty segments as unknown, like the real API.
///
/// The router ignores such segments, and would serve `/webhooks/`, and also `//__admin/reset`, which bypasses the guard
/// of `/__admin`.
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
