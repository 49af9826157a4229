import HooksimClient
import HooksimScenarios
import NIOCore
import NIOHTTP1
import Webhooks

/// The simulator inside which a scenario runs. The scenario sends requests over HTTP, as any client does, but over
/// in-process connections, so that no other program can receive its requests or the admin token.
actor OwnSimulator: ScenarioTarget {
    let adminToken: String?
    let isShared = true
    private let connections: InnerConnections

    /// The queue that limits the concurrent requests, each of which takes two descriptors of the process.
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

    /// Returns whether the response to a request is awaited even if the scenario is cancelled. The scenario restores
    /// what such a request changes, and an abandoned one could change it again after that.
    private nonisolated static func mustEnd(_ request: ClientRequest) -> Bool {
        guard request.method != .GET else { return false }
        let path = request.path.prefix { $0 != "?" }
        return ["/__admin/partners", "/__admin/settings", "/__admin/faults"].contains { path.hasPrefix($0) }
            || path == "/__admin/clock"
    }

    func restart(_ restart: ScenarioRestart) async throws {
        throw StepFailure("restart needs a simulator of the scenario's own; run the file with hooksim replay")
    }

    func stop() {}

    /// Sends a request on a connection of its own, which is closed after the response.
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
        // A scenario does not control how its requests are framed.
        head.headers.remove(name: "Transfer-Encoding")
        head.headers.remove(name: "Content-Length")
        if let body = request.body { head.headers.add(name: "Content-Length", value: String(body.readableBytes)) }
        // A head that can't be sent is an error at once.
        channel.write(HTTPClientRequestPart.head(head)).whenFailure { response.finish(throwing: $0) }
        if let body = request.body { channel.write(HTTPClientRequestPart.body(.byteBuffer(body)), promise: nil) }
        // A response may arrive before the whole request was sent, so a failed write is ignored; the end of the
        // connection is an error if there is no response.
        channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
        for try await response in responses { return response }
        throw CancellationError()
    }

    /// Returns the request target for a path: without its fragment, and with the bytes percent-encoded that a request
    /// line can't contain.
    private static func target(_ path: String) -> String {
        PercentEncoding.encode(path.utf8.prefix { $0 != UInt8(ascii: "#") }) { byte in
            (0x21...0x7E).contains(byte) && !"\"<>\\^`{|}".utf8.contains(byte)
        }
    }
}

/// Passes on the only response of a connection, or the error that ended the connection.
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
