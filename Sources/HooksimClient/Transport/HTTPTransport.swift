package import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOSSL

/// Sends requests over TCP, with TLS where the address is https.
package struct HTTPTransport: ClientTransport {
    private let url: String
    private let client: HTTPClient
    private let tls: TLSConfiguration?

    /// The client of the whole process, which shares connections and lives as long as the process.
    private static let shared = HTTPClient(
        eventLoopGroupProvider: .singleton,
        configuration: {
            var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
            // By default a connection is retried for ten seconds, in which a simulator that does not run will not
            // start.
            configuration.connectionPool.retryConnectionEstablishment = false
            return configuration
        }())

    /// Creates a transport with the client of the whole process.
    ///
    /// - Parameter url: The simulator's address without a path, for example `http://127.0.0.1:8080`.
    package init(url: String) {
        self.init(url: url, client: Self.shared)
    }

    /// Creates a transport.
    ///
    /// - Parameters:
    ///   - url: The simulator's address without a path, for example `http://127.0.0.1:8080`.
    ///   - client: The client that sends the requests.
    package init(url: String, client: HTTPClient) {
        self.url = url
        self.client = client
        tls = nil
    }

    /// Creates a transport that trusts a certificate authority.
    ///
    /// - Parameters:
    ///   - url: The simulator's address without a path, for example `https://127.0.0.1:8443`.
    ///   - certificateAuthority: The certificate of the authority to trust, in PEM.
    /// - Throws: An error of the TLS library if there is no certificate in that text.
    package init(url: String, certificateAuthority: String) throws {
        self.url = url
        client = Self.shared
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(certificateAuthority.utf8)))
        tls = configuration
    }

    /// Sends a request, and returns once the head of its response has been received.
    ///
    /// - Throws: An error of AsyncHTTPClient if no response begins before the request's timeout.
    package func open(_ request: ClientRequest) async throws -> OpenResponse {
        var message = HTTPClientRequest(url: url + request.path)
        message.method = request.method
        message.headers = request.headers
        if let body = request.body { message.body = .bytes(body) }
        message.tlsConfiguration = tls
        let deadline = request.timeout.map { NIODeadline.now() + TimeAmount($0) } ?? .distantFuture
        let response = try await client.execute(message, deadline: deadline)
        return OpenResponse(
            status: Int(response.status.code), headers: response.headers, body: response.body)
    }

    /// Returns whether a program that uses TLS listens at an http address, whatever its certificate is.
    ///
    /// - Parameter url: An address that begins with `http://`.
    package static func isSecure(_ url: String) async -> Bool {
        var message = HTTPClientRequest(url: "https" + url.dropFirst(4))
        message.method = .HEAD
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.certificateVerification = .none
        message.tlsConfiguration = configuration
        return (try? await shared.execute(message, timeout: .seconds(10))) != nil
    }
}
