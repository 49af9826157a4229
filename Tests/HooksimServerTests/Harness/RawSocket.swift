import NIOCore
import NIOPosix
import NIOSSL
import StrictJSON
import Synchronization
import Testing
import Webhooks

/// A client's connection over plain TCP or TLS. A test chooses each byte that it writes, and reads responses as they
/// arrive.
final class RawSocket: Sendable {
    struct Response: Sendable {
        let status: Int
        let headers: [(name: String, value: String)]
        let body: String

        func header(_ name: String) -> String? {
            headers.first { $0.name.lowercased() == name.lowercased() }?.value
        }

        var json: JSON { (try? JSON(parsing: body.utf8)) ?? .null }
    }

    /// The reason why the received bytes are no response.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private struct Received {
        var bytes: [UInt8] = []
        var isEnded = false
    }

    private let channel: any Channel
    private let collector = Collector()

    /// - Parameters:
    ///   - url: `http://HOST:PORT` or `https://HOST:PORT`.
    /// - authority: The certificate, in PEM, of the authority that an https server's certificate is verified with.
    init(to url: String, trusting authority: String? = nil) async throws {
        let address = try EndpointURL(url)
        let collector = collector
        channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            // The direction to the server stays open after the server has ended its own direction.
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let authority {
                        var tls = TLSConfiguration.makeClientConfiguration()
                        tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(authority.utf8)))
                        try channel.pipeline.syncOperations.addHandler(
                            NIOSSLClientHandler(context: try NIOSSLContext(configuration: tls), serverHostname: nil))
                    }
                    try channel.pipeline.syncOperations.addHandler(collector.handler)
                }
            }
            .connect(host: address.host, port: address.port).get()
        // A test that waits for bytes that never arrive fails after this time, and shows the bytes received until then.
        let channel = channel
        channel.eventLoop.scheduleTask(in: .seconds(60)) { channel.close(promise: nil) }
    }

    /// Whether both directions of the connection are closed, not only the server's.
    var isClosed: Bool { !channel.isActive }

    /// Writes lines, each ended by CRLF, an empty line, and the rest as it is.
    func send(_ lines: [String], _ rest: String = "") async throws {
        try await send(lines.joined(separator: "\r\n") + "\r\n\r\n" + rest)
    }

    func send(_ text: String) async throws { try await channel.writeAndFlush(ByteBuffer(string: text)) }

    /// Writes bytes without waiting for it. A server may close the connection before it has read all of them.
    func write(_ bytes: [UInt8]) { channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil) }

    func close() { channel.close(promise: nil) }

    /// Returns the next response once it is complete.
    func response(toHEAD: Bool = false) async throws -> Response {
        let bytes = try await wait { received -> [UInt8]? in
            guard let head = try Self.head(of: received.bytes) else { return nil }
            let hasBody = !toHEAD && head.response.status >= 200
            let length = hasBody ? head.response.header("Content-Length").flatMap { Int($0) } ?? 0 : 0
            guard received.bytes.count >= head.length + length else { return nil }
            defer { received.bytes.removeFirst(head.length + length) }
            return Array(received.bytes[..<(head.length + length)])
        }
        guard let head = try Self.head(of: bytes) else { throw Failure(description: "no response") }
        return Response(
            status: head.response.status, headers: head.response.headers,
            body: String(decoding: bytes[head.length...], as: UTF8.self))
    }

    /// Waits until the server closes the connection or its sending half, and returns all text not yet consumed.
    func rest() async throws -> String {
        try await wait { $0.isEnded ? String(decoding: $0.bytes, as: UTF8.self) : nil }
    }

    /// Returns once the server has closed both directions, which a client detects only when it writes.
    func waitUntilReset() async throws {
        let channel = channel
        channel.eventLoop.scheduleRepeatedTask(initialDelay: .zero, delay: .milliseconds(50)) { task in
            guard channel.isActive else { return task.cancel() }
            channel.writeAndFlush(ByteBuffer(string: "\r\n")).whenFailure { _ in channel.close(promise: nil) }
        }
        try await channel.closeFuture.get()
    }

    private func wait<Value>(_ take: (inout Received) throws -> Value?) async throws -> Value {
        while true {
            let version = collector.changes.version
            // One lock for both, since the last bytes and the end may arrive in between.
            let value = try collector.received.withLock { received -> Value? in
                if let value = try take(&received) { return value }
                guard received.isEnded else { return nil }
                throw Failure(description: "the end after \(String(decoding: received.bytes, as: UTF8.self))")
            }
            if let value { return value }
            try Task.checkCancellation()
            await collector.changes.wait(after: version)
        }
    }

    private static func head(of bytes: [UInt8]) throws -> (response: Response, length: Int)? {
        guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
        let words = lines[0].split(separator: " ")
        guard words.count > 1, words[0].hasPrefix("HTTP/1."), let status = Int(words[1]) else {
            throw Failure(description: "no status line: \(lines[0])")
        }
        let headers = lines.dropFirst().map { line in
            let parts = line.split(separator: ":", maxSplits: 1)
            return (name: String(parts[0]), value: String(parts.last?.drop { $0 == " " } ?? ""))
        }
        return (Response(status: status, headers: headers, body: ""), end.upperBound)
    }

    private final class Collector: Sendable {
        let received = Mutex(Received())
        let changes = ChangeSignal()

        var handler: Handler { Handler(collector: self) }
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let collector: Collector

        init(collector: Collector) { self.collector = collector }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let part = unwrapInboundIn(data)
            update { $0.bytes.append(contentsOf: part.readableBytesView) }
        }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if case .some(.inputClosed) = event as? ChannelEvent { update { $0.isEnded = true } }
            context.fireUserInboundEventTriggered(event)
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

        func channelInactive(context: ChannelHandlerContext) { update { $0.isEnded = true } }

        private func update(_ change: (inout Received) -> Void) {
            collector.received.withLock { change(&$0) }
            collector.changes.notify()
        }
    }
}
