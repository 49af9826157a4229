import AsyncHTTPClient
import FoundationEssentials
import HooksimClient
import StrictJSON
@testable import HooksimServer
import NIOCore
import NIOHTTP1
import NIOSSL
import Testing

/// Runs `body` with a simulator of its own on a free port, and stops it afterwards.
func withSimulator(
    _ configure: (inout SimulatorOptions) -> Void = { _ in }, _ body: (TestClient) async throws -> Void
) async throws {
    var options = SimulatorOptions()
    options.seed = 7
    // Tests run in parallel and keep all processors busy, so the default deadline could pass; a test of this deadline
    // sets its own.
    options.limits.deadlines.firstHead = .minutes(1)
    configure(&options)
    let simulator = try await Simulator.start(options)
    do {
        try await body(TestClient(simulator.url))
        try await simulator.stop()
    } catch {
        try? await simulator.stop()
        throw error
    }
}

enum Method: String, Sendable, CaseIterable {
    case get = "GET"
    case head = "HEAD"
    case post = "POST"
    case put = "PUT"
    case patch = "PATCH"
    case delete = "DELETE"
    case options = "OPTIONS"
}

struct TestResponse: Sendable {
    let status: Int
    private let headers: HTTPHeaders
    let body: [UInt8]

    init(status: Int, headers: HTTPHeaders, body: [UInt8]) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    func header(_ name: String) -> String? { headers.first(name: name) }

    var json: JSON { (try? JSON(parsing: body)) ?? .null }
    var text: String { String(decoding: body, as: UTF8.self) }
    /// The names of the fields in the response's validation errors.
    var wrongFields: Set<String> { Set(json["validation_errors"]?.object?.members.map(\.name) ?? []) }
}

/// Sends requests to a simulator over a real socket.
struct TestClient: Sendable {
    let url: String
    private let client: HTTPClient

    init(_ url: String, by client: HTTPClient = .shared) {
        self.url = url
        self.client = client
    }

    /// A client of the control API, as a user of the library has it.
    var control: ControlClient {
        ControlClient(HTTPTransport(url: url, client: client), url: url, adminToken: nil)
    }

    func send(
        _ method: Method, _ path: String, token: String? = nil, headers: [(String, String)] = [], body: [UInt8]? = nil
    ) async throws -> TestResponse {
        try await send(method, path, token: token, headers: headers, body: body, by: client)
    }

    /// Sends a request and returns the response itself if it is a redirect.
    func sendWithoutFollowing(
        _ method: Method, _ path: String, headers: [(String, String)] = [], body: [UInt8]? = nil
    ) async throws -> TestResponse {
        try await send(method, path, token: nil, headers: headers, body: body, by: Self.stayingClient)
    }

    /// A client that accepts any certificate and does not follow redirects.
    static let credulousClient: HTTPClient = {
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        configuration.tlsConfiguration = .makeClientConfiguration()
        configuration.tlsConfiguration?.certificateVerification = .none
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()

    private static let stayingClient = HTTPClient(
        eventLoopGroupProvider: .singleton, configuration: .init(redirectConfiguration: .disallow))

    private func send(
        _ method: Method, _ path: String, token: String?, headers: [(String, String)], body: [UInt8]?,
        by client: HTTPClient
    ) async throws -> TestResponse {
        var request = HTTPClientRequest(url: url + path)
        request.method = HTTPMethod(rawValue: method.rawValue)
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if let token { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
        if let body { request.body = .bytes(ByteBuffer(bytes: body)) }
        let response = try await client.execute(request, timeout: .seconds(60))
        let bytes = try await response.body.collect(upTo: 1 << 28)
        return TestResponse(
            status: Int(response.status.code), headers: response.headers, body: Array(bytes.readableBytesView))
    }

    func send(_ method: Method, _ path: String, token: String? = nil, json: JSON) async throws -> TestResponse {
        try await send(method, path, token: token, headers: [("Content-Type", "application/json")], body: json.encoded)
    }

    /// Returns a new token of the default client, or of the given one.
    func token(_ clientID: String = "sandbox", _ secret: String = "sandbox-secret", scope: String? = nil) async throws
        -> String
    {
        let scopes = try scope.map { try #require(Scope($0)) }
        return try await control.webhooks(clientID: clientID, clientSecret: secret).authenticate(scopes: scopes).text
    }

    /// Creates a partner and returns its client id and a token.
    func partner(scopes: [String]? = nil) async throws -> (clientID: String, token: String) {
        let scopes = try scopes.map { try #require(Scope(names: $0)) } ?? .all
        let partner = try await control.createPartner(scopes: scopes)
        return (partner.clientID, try await control.webhooks(as: partner).authenticate().text)
    }

    /// Creates a subscription and returns its id.
    @discardableResult
    func subscribe(_ topic: String = "invoice_paid", to url: String, secret: String? = nil, token: String) async throws
        -> String
    {
        var body = JSONObject([("endpoint_url", .string(url)), ("topic", .string(topic))])
        if let secret { body["secret_key"] = .string(secret) }
        let response = try await send(.post, "/webhooks", token: token, json: .object(body))
        #expect(response.status == 201, "\(response.text)")
        return response.json["id"]?.string ?? ""
    }

    /// Triggers events and returns their ids.
    @discardableResult
    func trigger(_ topic: String = "invoice_paid", count: Int = 1, clientID: String? = nil) async throws -> [String] {
        let topic = try #require(Topic(rawValue: topic))
        return try await control.trigger(topic, clientID: clientID, count: count).events.map(\.id)
    }

    /// Waits until this number of rows match; a failure shows the response of the expectation.
    func expect(
        _ rows: String, _ condition: JSON, count: Int, timeout: Int = 20_000,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let expected = ExpectedRows(rows, where: try #require(condition.object))
        do {
            try await control.expect(.exactly(count), expected, timeout: .milliseconds(timeout))
        } catch let error as HooksimError {
            Issue.record(error, sourceLocation: sourceLocation)
        }
    }

    func settings(_ patch: JSON) async throws {
        let response = try await send(.patch, "/__admin/settings", json: patch)
        #expect(response.status == 200, "\(response.text)")
    }

    /// Adds a fault rule and returns its id.
    @discardableResult
    func fault(_ rule: JSON) async throws -> String {
        try await control.addFault(NewFaultRule(json: rule)).id
    }

    func clearFaults() async throws { try await control.clearFaults() }

    /// Advances the frozen clock and returns the JSON of the response.
    @discardableResult
    func advance(_ distance: JSON) async throws -> JSON {
        let response = try await send(.post, "/__admin/clock/advance", json: distance)
        #expect(response.status == 200, "\(response.text)")
        return response.json
    }

    func event(_ id: String) async throws -> JSON { try await control.event(id).json }

    func attempts(_ query: String = "") async throws -> [JSON] {
        try await send(.get, "/__admin/attempts" + query).json["data"]?.array ?? []
    }
}
