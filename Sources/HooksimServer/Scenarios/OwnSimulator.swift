import HooksimClient
import NIOCore
import NIOHTTP1

/// The simulator that a scenario was sent to, and runs inside of: over HTTP as any client's, and over connections that lead nowhere
/// else, so that no other program ever gets its requests or the admin token.
actor OwnSimulator: ScenarioTarget {
    let adminToken: String?
    let isShared = true
    private let connections: InnerConnections

    /// Bounds the requests under way at once, each of which takes two descriptors of the process.
    private let turns = TurnQueue(limit: 16)

    init(_ connections: InnerConnections, adminToken: String?) {
        self.connections = connections
        self.adminToken = adminToken
    }

    func open(_ request: ClientRequest) async throws -> OpenResponse {
        OpenResponse(try await response(to: request))
    }

    private func response(to request: ClientRequest) async throws -> ClientResponse {
        try await turns.withTurn {
            guard Self.mustEnd(request) else { return try await perform(request) }
            return try await Task { try await perform(request) }.value
        }
    }

    /// Whether the response to a request is waited for even when the scenario is cancelled: what it changes is restored afterwards, and
    /// a request that was given up could change it again after that.
    private nonisolated static func mustEnd(_ request: ClientRequest) -> Bool {
        guard request.method != .GET else { return false }
        let path = request.path.prefix { $0 != "?" }
        return ["/__admin/partners", "/__admin/settings", "/__admin/faults"].contains { path.hasPrefix($0) }
            || path == "/__admin/clock"
    }

    func restart(_ restart: ScenarioRestart) async throws {
        throw SimulatorError(
            description: "restart needs a simulator of the scenario's own; run the file with hooksim replay")
    }

    func stop() {}

    /// One request on a connection of its own, which is closed with the response.
    private nonisolated func perform(_ request: ClientRequest) async throws -> ClientResponse {
        let (responses, response) = AsyncThrowingStream<ClientResponse, any Error>.makeStream()
        let channel = try await connections.open { channel in
            let pipeline = channel.pipeline.syncOperations
            try pipeline.addHTTPClientHandlers()
            try pipeline.addHandler(NIOHTTPClientResponseAggregator(maxContentLength: ClientResponse.maxBody))
            try pipeline.addHandler(ResponseHandler(response))
        }
        defer { channel.close(promise: nil) }
        var head = HTTPRequestHead(version: .http1_1, method: request.method, uri: Self.target(request.path))
        head.headers = request.headers
        if !head.headers.contains(name: "Host") { head.headers.add(name: "Host", value: "localhost") }
        head.headers.replaceOrAdd(name: "Connection", value: "close")
        // How it is framed is not the scenario's.
        head.headers.remove(name: "Transfer-Encoding")
        head.headers.remove(name: "Content-Length")
        if let body = request.body { head.headers.add(name: "Content-Length", value: String(body.readableBytes)) }
        // A header that can't be sent is an error at once.
        channel.write(HTTPClientRequestPart.head(head)).whenFailure { response.finish(throwing: $0) }
        if let body = request.body { channel.write(HTTPClientRequestPart.body(.byteBuffer(body)), promise: nil) }
        // A response may come before all of the request was sent; when none comes, the connection's end says so.
        channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
        for try await response in responses { return response }
        throw CancellationError()
    }

    /// A path as a request may have it: what can't stand in a request's first line is percent-encoded.
    private static func target(_ path: String) -> String {
        path.utf8.prefix { $0 != UInt8(ascii: "#") }.map { byte in
            let isAllowed = (0x21...0x7E).contains(byte) && !"\"<>\\^`{|}".utf8.contains(byte)
            if isAllowed { return String(UnicodeScalar(byte)) }
            return (byte < 16 ? "%0" : "%") + String(byte, radix: 16, uppercase: true)
        }.joined()
    }
}

/// Hands on the one response of a connection, or its end.
private final class ResponseHandler: ChannelInboundHandler {
    typealias InboundIn = NIOHTTPClientResponseFull

    private let response: AsyncThrowingStream<ClientResponse, any Error>.Continuation

    init(_ response: AsyncThrowingStream<ClientResponse, any Error>.Continuation) { self.response = response }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let whole = unwrapInboundIn(data)
        response.yield(
            ClientResponse(
                status: Int(whole.head.status.code), headers: whole.head.headers,
                body: whole.body.map { Array($0.readableBytesView) } ?? []))
        response.finish()
    }

    func channelInactive(context: ChannelHandlerContext) {
        response.finish(throwing: ChannelError.eof)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        response.finish(throwing: error)
        context.close(promise: nil)
    }
}
