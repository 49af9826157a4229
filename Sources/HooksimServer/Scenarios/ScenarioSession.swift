import NIOCore
import NIOHTTP1
import Webhooks

/// The calls of one scenario: over real HTTP, as any client's.
actor ScenarioSession {
    private let target: any ScenarioTarget
    private var clientID = "sandbox"
    private var clientSecret = "sandbox-secret"
    private var token: (text: String, expiresAt: Timestamp)?
    /// The names of the settings that its requests were to change.
    private(set) var changedSettings: Set<String> = []
    /// The virtual time when last asked.
    private var clock = Timestamp(milliseconds: 0)

    init(target: any ScenarioTarget) { self.target = target }

    /// A call of the control API.
    /// - Throws: ``StepFailure`` for any answer but 2xx.
    @discardableResult
    func control(_ method: HTTPMethod, _ path: String, _ body: JSON? = nil) async throws -> JSON {
        let answer = try await self.answer(method, path, body)
        guard (200...299).contains(answer.status) else { throw StepFailure(answer.message) }
        return answer.json
    }

    /// A call of the control API whatever it answers.
    func answer(_ method: HTTPMethod, _ path: String, _ body: JSON?) async throws -> ScenarioResponse {
        let headers = await target.adminToken.map { ["Authorization": "Bearer \($0)"] } ?? [:]
        return try await send(method, "/__admin" + path, body: body, headers: headers)
    }

    /// The virtual time, as text; empty when nobody answers.
    func now() async -> String {
        let now = (try? await control(.GET, "/clock")["now"]?.string) ?? ""
        clock = (try? Timestamp(iso8601: now)) ?? clock
        return now
    }

    /// A call of the simulated API. As a client does, it fetches a new token when the old one's time is up, but not when it is
    /// refused: that would hide what a scenario is about.
    func call(
        _ method: HTTPMethod, _ path: String, body: JSON? = nil, headers: [String: String] = [:],
        isAuthorized: Bool = true
    ) async throws -> ScenarioResponse {
        var headers = headers
        if isAuthorized, !headers.keys.contains(where: { $0.lowercased() == "authorization" }) {
            // A recording has requests of the control API as such steps, which takes its own token.
            let isControl = path.hasPrefix("/__admin/")
            let token = isControl ? await target.adminToken : try await currentToken()
            headers["Authorization"] = token.map { "Bearer \($0)" }
        }
        return try await send(method, path, body: body, headers: headers)
    }

    /// Calls as a new partner from now on; returns what it was given.
    func becomePartner() async throws -> (partnerID: String, clientID: String) {
        let partner = try await control(.POST, "/partners", [:])
        clientID = partner["client_id"]?.string ?? ""
        clientSecret = partner["client_secret"]?.string ?? ""
        return (partner["partner_id"]?.string ?? "", clientID)
    }

    /// Fetches a token; returns what a scenario may name.
    func authenticate() async throws -> [String: String] {
        _ = await now()
        _ = try await currentToken()
        return ["client_id": clientID, "client_secret": clientSecret]
    }

    private func currentToken() async throws -> String {
        if let token, clock < token.expiresAt { return token.text }
        let body: JSON = [
            "grant_type": "client_credentials", "client_id": .string(clientID), "client_secret": .string(clientSecret),
        ]
        let answer = try await send(.POST, "/oauth/token", body: body, headers: [:])
        guard let text = answer.json["access_token"]?.string, let lifetime = answer.json["expires_in"]?.integer else {
            throw StepFailure("no token: \(answer.message)")
        }
        token = (text, clock + .seconds(Int64(lifetime)))
        return text
    }

    private func send(_ method: HTTPMethod, _ path: String, body: JSON?, headers: [String: String]) async throws
        -> ScenarioResponse
    {
        var fields = HTTPHeaders(headers.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
        var bytes: ByteBuffer?
        if case .string(let text)? = body, fields.contains(name: "Content-Type") {
            // Of a type that the scenario names, so it is sent as it is.
            bytes = ByteBuffer(string: text)
        } else if let body {
            if !fields.contains(name: "Content-Type") { fields.add(name: "Content-Type", value: "application/json") }
            bytes = ByteBuffer(bytes: body.encoded)
        }
        if method == .PATCH, path == "/__admin/settings", let patch = body?.object {
            changedSettings.formUnion(patch.members.map(\.name))
        }
        do {
            return try await target.send(
                ScenarioRequest(method: method, path: path, headers: fields, body: bytes))
        } catch is CancellationError {
            throw StepFailure.ended
        } catch {
            throw StepFailure("\(method.rawValue) \(path) got no answer: \(error)")
        }
    }
}

/// Why a step failed.
package struct StepFailure: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }

    /// The step was under way, or not begun, when the scenario was told to end.
    static let ended = StepFailure(
        "the scenario was ended: its client disconnected, or the simulator was reset or stopped")
}
