import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Webhooks

/// The calls of one scenario: over real HTTP, as any client's.
actor ScenarioSession {
    struct Answer: Sendable {
        let status: Int
        let headers: HTTPHeaders
        let body: [UInt8]

        var json: JSON { (try? JSON(parsing: body)) ?? .null }
        var message: String { json["message"]?.string ?? "status \(status)" }
    }

    private let target: any ScenarioTarget
    private var clientID = "sandbox"
    private var clientSecret = "sandbox-secret"
    private var token: (text: String, expiresAt: Timestamp)?
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
    func answer(_ method: HTTPMethod, _ path: String, _ body: JSON?) async throws -> Answer {
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
    ) async throws -> Answer {
        var headers = headers
        if isAuthorized, !headers.keys.contains(where: { $0.lowercased() == "authorization" }) {
            headers["Authorization"] = "Bearer \(try await currentToken())"
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
        -> Answer
    {
        var request = HTTPClientRequest(url: await target.url + path)
        request.method = method
        for (name, value) in headers.sorted(by: { $0.key < $1.key }) { request.headers.add(name: name, value: value) }
        if case .string(let text)? = body, request.headers.contains(name: "Content-Type") {
            // Of a type that the scenario names, so it is sent as it is.
            request.body = .bytes(ByteBuffer(string: text))
        } else if let body {
            if !request.headers.contains(name: "Content-Type") {
                request.headers.add(name: "Content-Type", value: "application/json")
            }
            request.body = .bytes(ByteBuffer(bytes: body.encoded))
        }
        do {
            let response = try await HTTPClient.shared.execute(request, timeout: .seconds(3600))
            let bytes = try await response.body.collect(upTo: 1 << 28)
            return Answer(
                status: Int(response.status.code), headers: response.headers, body: Array(bytes.readableBytesView))
        } catch {
            throw StepFailure("\(method.rawValue) \(path) got no answer: \(error)")
        }
    }
}

/// Why a step failed.
struct StepFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
