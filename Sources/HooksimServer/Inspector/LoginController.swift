import HTTPTypes
import Hummingbird
import Webhooks

/// The login page, which asks a browser's user for the admin token where one is set.
struct LoginController: Sendable {
    static let path = "\(InspectorFrame.root)/login"

    let frame: InspectorFrame
    let adminToken: AdminToken
    let sessions: InspectorSessions

    func addRoutes(to routes: inout Routes) {
        routes.addPage(.get, Self.path, in: frame) { request, _ in form(request) }
        routes.addPage(.post, Self.path, in: frame) { try await login($0, $1) }
        routes.addPage(.post, "\(InspectorFrame.root)/logout", in: frame) { request, _ in
            sessions.close(request)
            return Response(status: .seeOther, headers: [.location: Self.path])
        }
    }

    private func form(
        _ request: Request, status: HTTPResponse.Status = .ok, problem: String? = nil
    ) -> Response {
        var context: [String: Any] = ["isOutside": true]
        context["problem"] = problem
        return frame.render("login", title: "Log in", request, status: status, context)
    }

    private func login(_ request: Request, _ context: SimulatorContext) async throws -> Response {
        let fields = try FormFields(String(decoding: try await request.bodyBytes(), as: UTF8.self))
        do {
            guard try adminToken.accepts(fields.first("admin_token") ?? "", from: context.remoteHost) else {
                return form(
                    request, status: .forbidden,
                    problem:
                        "that is not the admin token; it is what --admin-token or HOOKSIM_ADMIN_TOKEN said at start")
            }
        } catch let error as APIError {
            var response = form(request, status: error.status, problem: error.message)
            response.headers.append(contentsOf: error.headers)
            return response
        }
        let cookie = InspectorSessions.cookie(sessions.open(), for: request)
        return Response(status: .seeOther, headers: [.location: InspectorFrame.overview, .setCookie: cookie])
    }
}
