import ArgumentParser
import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOSSL
import Webhooks

#if canImport(Glibc)
    import Glibc
#else
    import Musl
#endif

/// The options of every command that talks to a running simulator.
struct ControlOptions: ParsableArguments {
    @Option(help: "The simulator's address (environment HOOKSIM_URL; default http://127.0.0.1:8080).")
    var url: String?

    @Option(help: "The control API's token, where one is set (environment HOOKSIM_ADMIN_TOKEN).")
    var adminToken: String?

    @Option(help: "A PEM file with the authority of an https simulator (environment HOOKSIM_CA_FILE).")
    var caFile: String?

    @Option(help: "text for people, json for machines.")
    var output = OutputFormat.text
}

enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    case text, json
}

/// Calls the control API of a running simulator.
struct ControlClient: Sendable {
    private let client: HTTPClient
    let url: String
    private let adminToken: String?

    /// Runs `body` with a client that is closed afterwards.
    static func with<Value>(_ options: ControlOptions, _ body: (ControlClient) async throws -> Value) async throws
        -> Value
    {
        let variable = { (name: String) in getenv(name).map { String(cString: $0) } }
        var url = options.url ?? variable("HOOKSIM_URL") ?? "http://127.0.0.1:8080"
        while url.hasSuffix("/") { url.removeLast() }
        guard url.hasPrefix("http://") || url.hasPrefix("https://") else {
            throw CommandFailure(description: "--url must start with http:// or https://, not \(url)", status: 2)
        }
        var configuration = HTTPClient.Configuration()
        // Who is not there will not be there in ten seconds, which is how long it would be tried again.
        configuration.connectionPool.retryConnectionEstablishment = false
        if let path = options.caFile ?? variable("HOOKSIM_CA_FILE") {
            var tls = TLSConfiguration.makeClientConfiguration()
            do {
                tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(path))
            } catch {
                throw CommandFailure(description: "\(path) has no certificate in PEM that can be read", status: 2)
            }
            configuration.tlsConfiguration = tls
        }
        let adminToken = options.adminToken ?? variable("HOOKSIM_ADMIN_TOKEN")
        return try await HTTPClient.withHTTPClient(configuration: configuration) { [url] client in
            try await body(ControlClient(client: client, url: url, adminToken: adminToken))
        }
    }

    /// The answer's status and body, whatever they are.
    /// - Parameter timeout: seconds until the whole answer.
    private func call(
        _ method: HTTPMethod, _ path: String, _ body: JSON? = nil, token: String? = nil, timeout: Int64 = 60
    ) async throws -> (
        status: Int, body: JSON
    ) {
        var request = HTTPClientRequest(url: url + path)
        request.method = method
        if let token = token ?? adminToken { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
        if let body {
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(ByteBuffer(bytes: body.encoded))
        }
        let response: HTTPClientResponse
        let bytes: ByteBuffer
        do {
            response = try await client.execute(request, timeout: .seconds(timeout))
            bytes = try await response.body.collect(upTo: 1 << 30)
        } catch {
            throw unreachable
        }
        guard let json = try? JSON(parsing: bytes.readableBytesView) else {
            throw CommandFailure(
                description: "\(url) is not a hooksim simulator: \(path) answered \(response.status.code) without JSON")
        }
        return (Int(response.status.code), json)
    }

    /// The body of an answer of 2xx.
    /// - Throws: ``CommandFailure`` with the answer's own words for any other.
    func get(_ path: String) async throws -> JSON { try await send(.GET, path) }

    /// - Parameter token: an access token of the simulated API, in the place of the admin token.
    func post(_ path: String, _ body: JSON? = nil, token: String? = nil, timeout: Int64 = 60) async throws -> JSON {
        try await send(.POST, path, body, token: token, timeout: timeout)
    }

    /// Hands the parts of a large answer to `write` as they come.
    func download(_ path: String, _ write: (ByteBuffer) throws -> Void) async throws {
        var request = HTTPClientRequest(url: url + path)
        if let adminToken { request.headers.add(name: "Authorization", value: "Bearer \(adminToken)") }
        let response: HTTPClientResponse
        do {
            response = try await client.execute(request, timeout: .hours(1))
        } catch {
            throw unreachable
        }
        guard response.status == .ok else {
            let body = try? await JSON(parsing: response.body.collect(upTo: 1 << 20).readableBytesView)
            throw CommandFailure(
                description: body?["message"]?.string ?? "the simulator answered \(response.status.code)")
        }
        for try await part in response.body { try write(part) }
    }

    private var unreachable: CommandFailure {
        CommandFailure(
            description:
                "no simulator answers at \(url); start one with `hooksim serve`, or name its address with --url or HOOKSIM_URL"
        )
    }

    func put(_ path: String, _ body: JSON) async throws -> JSON { try await send(.PUT, path, body) }

    @discardableResult
    func delete(_ path: String, token: String? = nil) async throws -> JSON {
        try await send(.DELETE, path, token: token)
    }

    /// The messages of the simulator's stream, until it ends.
    /// - Parameters:
    ///   - kinds: which ones.
    ///   - onConnected: called once nothing that happens from now on is missed; returns whether to go on.
    ///   - body: returns whether to go on.
    func follow(
        _ kinds: [String], onConnected: () async throws -> Bool = { true }, _ body: (StreamMessage) async throws -> Bool
    ) async throws {
        var request = HTTPClientRequest(url: "\(url)/__admin/stream?of=\(kinds.joined(separator: ","))")
        if let adminToken { request.headers.add(name: "Authorization", value: "Bearer \(adminToken)") }
        let response: HTTPClientResponse
        do {
            response = try await client.execute(request, deadline: .distantFuture)
        } catch {
            throw unreachable
        }
        guard response.status == .ok else {
            let answer = try? JSON(parsing: Array(try await response.body.collect(upTo: 1 << 16).readableBytesView))
            throw CommandFailure(
                description: answer?["message"]?.string ?? "the stream answered \(response.status.code)")
        }
        guard try await onConnected() else { return }
        var text: [UInt8] = []
        do {
            for try await part in response.body {
                text.append(contentsOf: part.readableBytesView)
                for message in StreamMessage.take(from: &text) {
                    guard try await body(message) else { return }
                }
            }
        } catch let error as CommandFailure {
            throw error
        } catch {
            // A simulator that was killed ends its stream just as well.
        }
    }

    /// Whether the expectation was met before its own time was up.
    func expect(_ expectation: JSON) async throws -> Bool {
        try await call(.POST, "/__admin/expect", expectation).status == 200
    }

    private func send(
        _ method: HTTPMethod, _ path: String, _ body: JSON? = nil, token: String? = nil, timeout: Int64 = 60
    ) async throws
        -> JSON
    {
        let answer = try await call(method, path, body, token: token, timeout: timeout)
        guard (200...299).contains(answer.status) else {
            let message = answer.body["message"]?.string ?? "the simulator answered \(answer.status)"
            throw CommandFailure(description: message, status: answer.status == 422 || answer.status == 400 ? 2 : 1)
        }
        return answer.body
    }
}
