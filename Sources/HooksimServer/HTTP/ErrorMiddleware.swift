import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOHTTP1
import SQLite
import Webhooks

/// Converts every error to a response, including those for unknown paths and methods that are not allowed.
struct ErrorMiddleware: RouterMiddleware {
    let routes: Routes

    func handle(
        _ request: Request, context: SimulatorContext,
        next: (Request, SimulatorContext) async throws -> Response
    ) async throws -> Response {
        do {
            guard !Self.hasTooLargeHeaders(request) else { throw APIError.headersTooLarge() }
            if let expectation = request.unmetExpectation { throw APIError.expectationFailed(expectation) }
            return try await next(request, context)
        } catch {
            let response = try response(to: error, request, context)
            // The router removes the body of a HEAD response for known routes only.
            return request.method == .head ? response.createHeadResponse() : response
        }
    }

    private func response(to error: any Error, _ request: Request, _ context: SimulatorContext) throws -> Response {
        switch error {
        case let error as TokenError: return error.response
        case let error as HTTPParserError: throw error
        case let error as HTTPError where error.status == .notFound: return unrouted(request)
        default: return response(to: apiError(of: error, request, context), request)
        }
    }

    /// Returns the response to an error; that of the token endpoint always contains `error` as well.
    private func response(to error: APIError, _ request: Request) -> Response {
        request.uri.path == TokenController.path ? error.tokenResponse : error.response
    }

    private func apiError(of error: any Error, _ request: Request, _ context: SimulatorContext) -> APIError {
        switch error {
        case let error as APIError: return error
        case let error as ValidationFailure: return .validation(error)
        case let error as SQLiteError where error.isStorageFailure:
            context.logger.error("the store can't be written", metadata: ["error": "\(error)"])
            return .serviceUnavailable(
                "the store can't be written: \(error.message); nothing was changed, free some space and try again")
        case let error as SQLiteError where error.isDamage:
            context.logger.error("the store is damaged", metadata: ["error": "\(error)"])
            return APIError(
                status: .internalServerError, code: "internal_server_error",
                message: "the store is damaged (\(error.message)); start with a backup of it, or with another --store")
        default:
            context.logger.error("a request failed", metadata: ["error": "\(error)", "path": "\(request.uri.path)"])
            return APIError(
                status: .internalServerError, code: "internal_server_error",
                message: "hooksim failed on this request; its log says why")
        }
    }

    private func unrouted(_ request: Request) -> Response {
        let path = request.uri.path
        let methods = routes.methods(of: path)
        guard methods.isEmpty || methods.contains(request.method) else {
            return APIError.methodNotAllowed(methods).response
        }
        if ControlGuard.guards(path) {
            return APIError.notFound("the control API has no \(path); GET /__admin/openapi.json lists what it has")
                .response
        }
        return .text(.notFound, "404 page not found")
    }

    private static func hasTooLargeHeaders(_ request: Request) -> Bool {
        // Each field line takes a colon, a space and a line end besides its name and value.
        let size = request.headers.reduce(request.uri.description.utf8.count) {
            $0 + $1.name.rawName.utf8.count + $1.value.utf8.count + 4
        }
        return size > Assumptions.longestHeaders
    }
}
