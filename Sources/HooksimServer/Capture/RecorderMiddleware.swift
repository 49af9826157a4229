import HTTPTypes
import Hummingbird
import Webhooks

/// Hands the recorder each call of the simulated API, and each of the control API that changes something.
struct RecorderMiddleware: RouterMiddleware {
    let recorder: Recorder
    let clock: SimulatedClock
    /// Whose a trigger is that names nobody.
    let startClientID: String

    /// Calls of the control API that are no part of what a scenario does.
    private static let unrecorded: Set<String> = ["/__admin/expect", "/__admin/scenarios", "/__admin/reset"]
    /// With which a body is refused for what is in it.
    private static let refusalsOfBodies: Set<Int> = [400, 413, 422]
    /// A larger answer lists more than anybody refers to one by one.
    private static let longestAnswerRead = 64 << 10

    func handle(
        _ request: Request, context: SimulatorContext,
        next: (Request, SimulatorContext) async throws -> Response
    ) async throws -> Response {
        guard concerns(request), !recorder.isFull else { return try await next(request, context) }
        var request = request
        if !request.isRead { request.body = context.trace.listening(to: request.body) }
        let start = clock.now
        var response = try await next(request, context)

        var call = RecordedCall(method: request.method.rawValue, path: request.uri.path)
        call.query = SecretParameters.hidden(in: request.uri.query ?? "")
        let facts = context.trace.facts
        call.clientID = facts.client
        call.fault = facts.fault
        call.status = facts.isUnanswered ? nil : response.status.code
        if ControlGuard.guards(call.path) {
            guard call.isSuccess else { return response }
        } else if let token = Authenticator.bearerToken(request.headers[.authorization]) {
            call.authorization = .token(facts.tokenTag ?? TokenStore.tag(of: token))
        }
        if !call.isRead {
            call.body = context.trace.keptBody(of: request)
            call.isBodyLost =
                call.body == nil && request.hasBody && Self.refusalsOfBodies.contains(response.status.code)
        }
        if let made = facts.made, call.isSuccess {
            call.made = made.ids.map(\.description)
            call.entityID = made.entityID
        } else if !call.isRead, call.isSuccess, !facts.isDribbled,
            (response.body.contentLength ?? .max) <= Self.longestAnswerRead
        {
            let (bytes, whole) = try await response.collected()
            response = whole
            if let answer = try? JSON(parsing: bytes) { Self.note(answer, in: &call) }
        }
        if call.path == "/__admin/events" { call.clientID = call.body?["client_id"]?.string ?? startClientID }
        // Moving the clock takes effect at the instant that it ends at.
        recorder.record(call, bodySize: facts.body.count, at: call.path == "/__admin/clock/advance" ? clock.now : start)
        return response
    }

    private func concerns(_ request: Request) -> Bool {
        let path = request.uri.path
        guard ControlGuard.guards(path) else { return true }
        return !request.isRead && !Self.unrecorded.contains(path) && !path.hasPrefix("/__admin/partners")
    }

    /// The ids of what was made, or the name of the token that was issued.
    private static func note(_ answer: JSON, in call: inout RecordedCall) {
        if let token = answer["access_token"]?.string {
            call.made = [TokenStore.tag(of: token)]
        } else if let id = answer["id"]?.string {
            call.made = [id]
        } else if let rows = answer["data"]?.array {
            call.made = rows.compactMap { $0["id"]?.string }
            if rows.count == 1 { call.entityID = rows[0]["entity_id"]?.string }
        }
    }
}
