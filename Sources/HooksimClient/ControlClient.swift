package import NIOHTTP1
import StrictJSON
import Webhooks

/// A client of a simulator's control API: it triggers events, waits for their outcomes, and moves the clock.
///
/// ```swift
/// let hooksim = ControlClient(url: "http://127.0.0.1:8080")
/// try await hooksim.trigger(.invoicePaid, entityID: "inv_42")
/// try await hooksim.expect(.exactly(1), .events(entityID: "inv_42", status: .delivered))
/// ```
///
/// A client is a value that may be copied and shared. It holds no connection of its own, so it need not be closed.
/// Every method throws ``HooksimError``, or `CancellationError` if its task is cancelled.
public struct ControlClient: Sendable {
    /// The simulator's address, without a slash at its end.
    public let url: String

    let sender: RequestSender
    let adminToken: String?

    /// Creates a client; nothing is sent yet.
    ///
    /// - Parameters:
    ///   - url: The simulator's address, for example `http://127.0.0.1:8080`.
    ///   - adminToken: The token of the control API, where the simulator was started with one.
    public init(url: String, adminToken: String? = nil) {
        let url = Self.trimmed(url)
        self.init(HTTPTransport(url: url), url: url, adminToken: adminToken)
    }

    /// Creates a client of a simulator with https whose certificate is not signed by an authority of the system.
    ///
    /// - Parameters:
    ///   - url: The simulator's address, for example `https://127.0.0.1:8443`.
    ///   - adminToken: The token of the control API, where the simulator was started with one.
    ///   - certificateAuthority: The certificate of the authority to trust, in PEM.
    /// - Throws: An error of the TLS library if there is no certificate in that text.
    public init(url: String, adminToken: String? = nil, certificateAuthority: String) throws {
        let url = Self.trimmed(url)
        self.init(
            try HTTPTransport(url: url, certificateAuthority: certificateAuthority), url: url, adminToken: adminToken)
    }

    /// Creates a client that uses a transport.
    package init(_ transport: any ClientTransport, url: String, adminToken: String?) {
        self.url = url
        self.adminToken = adminToken
        sender = RequestSender(transport: transport, url: url)
    }

    /// Returns a client of the simulated API at the same address.
    ///
    /// - Parameters:
    ///   - clientID: The client's id; without it, that of the default client.
    ///   - clientSecret: The client's secret.
    public func webhooks(clientID: String = "sandbox", clientSecret: String = "sandbox-secret") -> WebhooksClient {
        WebhooksClient(sender, clientID: clientID, clientSecret: clientSecret)
    }

    /// Returns a client of the simulated API that acts as a partner.
    public func webhooks(as partner: PartnerCredentials) -> WebhooksClient {
        webhooks(clientID: partner.clientID, clientSecret: partner.clientSecret)
    }

    private static func trimmed(_ url: String) -> String {
        var url = url[...]
        while url.hasSuffix("/") { url.removeLast() }
        return String(url)
    }

    /// Sends any request to the control API, and returns the status and the JSON of its response, whatever the status
    /// is.
    ///
    /// - Throws: ``HooksimError``.
    package func perform(_ method: HTTPMethod, _ path: String, _ body: JSON?) async throws -> (status: Int, json: JSON)
    {
        var request = APIRequest(method, path, body: body)
        request.timeout = .seconds(3600)
        return try await sender.perform(request, token: adminToken)
    }

    func send(_ request: APIRequest) async throws -> JSON { try await sender.send(request, token: adminToken) }

    func value<Value: ResponseValue>(_ request: APIRequest) async throws -> Value {
        try await sender.value(request, token: adminToken)
    }

    /// Sends a request, and returns the rows in the member `data` of its response.
    func rows<Row: ResponseValue>(_ request: APIRequest) async throws -> [Row] {
        try RequestSender.read(try await send(request), of: request) { try $0.rows("data") }
    }
}

extension ControlClient: CustomStringConvertible {
    /// The address, without the token, which is a secret.
    public var description: String { "a client of the control API at \(url)" }
}
