import NIOCore
import StrictJSON
import Testing

@testable import HooksimScenarios
@testable import HooksimServer

/// Each HTTP server of hooksim, over each of its transports, with a POST request that the server accepts.
struct TestedServer: Sendable, CaseIterable, CustomTestStringConvertible {
    enum Kind: String, CaseIterable {
        case api, token, control, listen, scripted

        /// Whether the server is a receiver of deliveries.
        var isReceiver: Bool { self == .listen || self == .scripted }
    }

    let kind: Kind
    let isSecure: Bool

    static let allCases = Kind.allCases.flatMap { kind in
        (kind.isReceiver ? [false] : [false, true]).map { TestedServer(kind: kind, isSecure: $0) }
    }

    var testDescription: String { kind.rawValue + (isSecure ? " over TLS" : "") }

    struct Running: Sendable {
        let url: String
        let authority: String?
        /// The lines of the POST's head, without the fields that frame its content.
        let lines: [String]
        let content: String
        /// The status of the response to that POST.
        let status: Int

        func connect() async throws -> RawSocket { try await RawSocket(to: url, trusting: authority) }

        /// Returns the lines of that POST's head, with more lines after them.
        func post(_ more: String...) -> [String] { lines + more }

        var length: String { "Content-Length: \(content.utf8.count)" }

        /// The content in chunked coding, as two chunks.
        var chunks: String {
            let (first, second) = (content.prefix(5), content.dropFirst(5))
            return [first, second].map { String($0.utf8.count, radix: 16) + "\r\n\($0)\r\n" }.joined() + "0\r\n\r\n"
        }

        /// Sends that POST, and checks that the connection still responds to it.
        func expectService(on socket: RawSocket, sourceLocation: SourceLocation = #_sourceLocation) async throws {
            try await socket.send(post(length), content)
            let response = try await socket.response()
            #expect(response.status == status, "\(response)", sourceLocation: sourceLocation)
        }
    }

    /// Runs `body` with the server.
    func run(
        _ configure: (inout SimulatorOptions) -> Void = { _ in }, _ body: (Running) async throws -> Void
    ) async throws {
        switch kind {
        case .scripted:
            let receiver = try await ScriptedReceiver.start(ReceiverScript([.init(kind: .status(202))]))
            try await Self.finally({ await receiver.stop() }, { try await body(Self.delivery(to: receiver.url, 202)) })
        case .listen:
            try await withSimulator(configure) { client in
                let listen = try Program(["listen", "--url", client.url, "--topic", "payout_failed", "--port", "0"])
                await listen.waitForErrors("listening on")
                let port = try #require(listen.errors.firstMatch(of: /127\.0\.0\.1:(\d+)/)?.output.1)
                try await Self.finally(
                    { _ = await listen.stop() },
                    { try await body(Self.delivery(to: "http://127.0.0.1:\(port)", 200)) })
            }
        case .api, .token, .control:
            var options = SimulatorOptions()
            options.limits.deadlines.firstHead = .minutes(1)
            if isSecure { options.tls = .selfSigned }
            configure(&options)
            let simulator = try await Simulator.start(options)
            try await Self.finally(
                { try? await simulator.stop() },
                { try await body(try await running(simulator.url, simulator.certificateAuthority)) })
        }
    }

    private func running(_ url: String, _ authority: String?) async throws -> Running {
        let host = "Host: localhost"
        let token = Running(
            url: url, authority: authority,
            lines: [
                "POST /oauth/token HTTP/1.1", host, "Content-Type: application/x-www-form-urlencoded",
                "Authorization: Basic c2FuZGJveDpzYW5kYm94LXNlY3JldA==",
            ], content: "grant_type=client_credentials", status: 200)
        guard kind != .token else { return token }
        let json = "Content-Type: application/json"
        guard kind == .api else {
            return Running(
                url: url, authority: authority, lines: ["POST /__admin/events HTTP/1.1", host, json],
                content: #"{"topic":"invoice_paid"}"#, status: 201)
        }
        let socket = try await token.connect()
        try await socket.send(token.post(token.length), token.content)
        let bearer = try #require(try await socket.response().json["access_token"]?.string)
        socket.close()
        return Running(
            url: url, authority: authority,
            lines: ["POST /webhooks HTTP/1.1", host, json, "Authorization: Bearer \(bearer)"],
            content: #"{"endpoint_url":"https://shop.example/hooks","topic":"invoice_paid"}"#, status: 201)
    }

    private static func delivery(to url: String, _ status: Int) -> Running {
        Running(
            url: url, authority: nil,
            lines: ["POST /hooks HTTP/1.1", "Host: localhost", "Content-Type: application/json"],
            content: #"{"topic":"invoice_paid"}"#, status: status)
    }

    private static func finally(
        _ end: () async -> Void, _ body: () async throws -> Void
    ) async throws {
        do {
            try await body()
            await end()
        } catch {
            await end()
            throw error
        }
    }
}
