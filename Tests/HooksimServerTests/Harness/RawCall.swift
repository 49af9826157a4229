import NIOCore
import NIOHTTP1
import NIOPosix
import Webhooks

extension TestClient {
    /// Sends exactly these bytes, and reads until the server closes the connection or 30 seconds have passed.
    func raw(_ bytes: [UInt8]) async throws -> TestResponse {
        let address = try EndpointURL(url)
        let collected = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: address.host, port: address.port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    let promise = channel.eventLoop.makePromise(of: ByteBuffer.self)
                    try channel.pipeline.syncOperations.addHandler(Collector(promise))
                    channel.eventLoop.scheduleTask(in: .seconds(30)) { channel.close(promise: nil) }
                    channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
                    return promise.futureResult
                }
            }.get()
        return try TestResponse(rawBytes: Array(collected.readableBytesView))
    }

    /// Sends a head of these lines and `Connection: close`, then the body.
    func raw(_ lines: [String], body: [UInt8] = []) async throws -> TestResponse {
        try await raw(Array((lines + ["Connection: close", "", ""]).joined(separator: "\r\n").utf8) + body)
    }

    /// The value of a `Host` header for this server.
    var authority: String { String(url.dropFirst("http://".count)) }
}

extension TestResponse {
    /// Parses a response that ended with its connection.
    fileprivate init(rawBytes bytes: [UInt8]) throws {
        let text = String(decoding: bytes, as: UTF8.self)
        guard let end = text.firstRange(of: "\r\n\r\n") else { throw TruncatedResponse(text: text) }
        let lines = text[..<end.lowerBound].split(separator: "\r\n")
        guard let status = lines.first?.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else {
            throw TruncatedResponse(text: text)
        }
        var headers = HTTPHeaders()
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            headers.add(name: String(parts[0]), value: parts.count > 1 ? String(parts[1].drop { $0 == " " }) : "")
        }
        self.init(status: status, headers: headers, body: Array(text[end.upperBound...].utf8))
    }
}

/// The server closed the connection before it had sent a head.
private struct TruncatedResponse: Error {
    let text: String
}

/// Collects the bytes that arrive until the connection ends, in whatever way it ends.
private final class Collector: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private var collected = ByteBuffer()
    private let promise: EventLoopPromise<ByteBuffer>

    init(_ promise: EventLoopPromise<ByteBuffer>) { self.promise = promise }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var part = unwrapInboundIn(data)
        collected.writeBuffer(&part)
    }

    /// The promise is also completed if no connection was established.
    func handlerRemoved(context: ChannelHandlerContext) { promise.succeed(collected) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
