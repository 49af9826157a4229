import HooksimClient
import NIOCore
import NIOHTTP1
import StrictJSON

/// The requests of one scenario, sent over HTTP as any client's.
actor ScenarioSession {
    private let target: any ScenarioTarget
    private let simulator: ControlClient
    private var clientID = "sandbox"
    private var clientSecret = "sandbox-secret"
    private var token: (text: String, expiresAt: Timestamp)?
    /// The names of the settings that the session's requests try to change.
    private(set) var changedSettings: Set<String> = []
    /// The virtual time when it was last read.
    private var clock = Timestamp(milliseconds: 0)

    init(target: any ScenarioTarget) {
        self.target = target
        simulator = ControlClient(target, url: "", adminToken: target.adminToken)
    }

    /// Sends a request of the control API.
    ///
    /// - Throws: ``StepFailure`` if the status of its response is not 2xx.
    @discardableResult
    func control(_ method: HTTPMethod, _ path: String, _ body: JSON? = nil) async throws -> JSON {
        let response = try await self.response(method, path, body)
        guard (200...299).contains(response.status) else {
            throw StepFailure(response.json["message"]?.string ?? "status \(response.status)")
        }
        return response.json
    }

    /// Sends a request of the control API, and returns its response whatever the status is.
    ///
    /// - Throws: ``StepFailure`` if there is no response.
    func response(_ method: HTTPMethod, _ path: String, _ body: JSON?) async throws -> (status: Int, json: JSON) {
        note(method, "/__admin" + path, body?.encoded)
        do {
            return try await simulator.perform(method, "/__admin" + path, body)
        } catch {
            throw StepFailure(error, of: "\(method.rawValue) /__admin\(path)")
        }
    }

    /// Returns the virtual time as text; returns an empty text if there is no response.
    func now() async -> String {
        guard let now = try? await simulator.clock().now else { return "" }
        clock = now
        return now.description
    }

    /// Sends a request of the simulated API, and returns its response.
    ///
    /// Like a client, it fetches a new token when the current one has expired, but not when it is refused: that would
    /// hide what a scenario tests.
    func request(
        _ method: HTTPMethod, _ path: String, body: JSON? = nil, headers: [String: String] = [:],
        isAuthorized: Bool = true
    ) async throws -> ClientResponse {
        var headers = headers
        if isAuthorized, !headers.keys.contains(where: { $0.lowercased() == "authorization" }) {
            // A recording contains requests of the control API as such steps; they are sent with the admin token.
            let isControl = path.hasPrefix("/__admin/")
            let token = isControl ? target.adminToken : try await currentToken()
            headers["Authorization"] = token.map { "Bearer \($0)" }
        }
        return try await send(method, path, body: body, headers: headers)
    }

    /// Creates a partner, whose credentials the session uses from now on, and returns it.
    func becomePartner() async throws -> (partnerID: String, clientID: String) {
        do {
            let partner = try await simulator.createPartner()
            (clientID, clientSecret) = (partner.clientID, partner.clientSecret)
            return (partner.partnerID, partner.clientID)
        } catch {
            throw StepFailure(error, of: "POST /__admin/partners")
        }
    }

    /// Fetches a token, and returns the values that a scenario can refer to.
    func authenticate() async throws -> [String: String] {
        _ = await now()
        _ = try await currentToken()
        return ["client_id": clientID, "client_secret": clientSecret]
    }

    private func currentToken() async throws -> String {
        if let token, clock < token.expiresAt { return token.text }
        do {
            let issued = try await simulator.webhooks(clientID: clientID, clientSecret: clientSecret).authenticate()
            token = (issued.text, clock + .milliseconds(issued.lifetime.milliseconds))
            return issued.text
        } catch HooksimError.refused(let refusal) {
            throw StepFailure("no token: \(refusal.message)")
        } catch HooksimError.otherService(_, _, let status) {
            throw StepFailure("no token: status \(status)")
        } catch {
            throw StepFailure(error, of: "POST /oauth/token")
        }
    }

    /// Remembers the names of the settings that a request with these bytes as its body tries to change.
    private func note(_ method: HTTPMethod, _ path: String, _ body: [UInt8]?) {
        guard method == .PATCH, path.prefix(while: { $0 != "?" }) == "/__admin/settings",
            let patch = body.flatMap({ try? JSON(parsing: $0) })?.object
        else { return }
        changedSettings.formUnion(patch.members.map(\.name))
    }

    private func send(_ method: HTTPMethod, _ path: String, body: JSON?, headers: [String: String]) async throws
        -> ClientResponse
    {
        var fields = HTTPHeaders(headers.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
        var bytes: [UInt8]?
        if case .string(let text)? = body, fields.contains(name: "Content-Type") {
            // The scenario names the content type of the text, so the text is sent unchanged.
            bytes = Array(text.utf8)
        } else if let body {
            if !fields.contains(name: "Content-Type") { fields.add(name: "Content-Type", value: "application/json") }
            bytes = body.encoded
        }
        note(method, path, bytes)
        do {
            return try await target.send(
                ClientRequest(
                    method: method, path: path, headers: fields, body: bytes.map { ByteBuffer(bytes: $0) },
                    timeout: .seconds(3600)))
        } catch {
            throw StepFailure(error, of: "\(method.rawValue) \(path)")
        }
    }
}

/// The reason why a step failed.
package struct StepFailure: Error, CustomStringConvertible {
    /// The reason as text, in one or more lines.
    package let description: String

    /// Creates a failure with a description.
    package init(_ description: String) { self.description = description }

    /// Creates the failure of a request that got no response or was refused.
    ///
    /// - Parameter request: the method and the path.
    init(_ error: any Error, of request: String) {
        switch error {
        case is CancellationError: self = .ended
        case HooksimError.refused(let refusal): self.init(refusal.message)
        case HooksimError.notReachable(_, let reason): self.init("\(request) got no response: \(reason)")
        default: self.init("\(request) got no response: \(error)")
        }
    }

    /// The failure of a step that was running, or had not begun, when the scenario was ended.
    static let ended = StepFailure(
        "the scenario was ended: its client disconnected, or the simulator was reset or stopped")
}
