import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization
import Webhooks

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A receiver of deliveries on a free port, which sends the responses that a test specifies and keeps each delivery.
final class Receiver: Sendable {
    enum Response: Sendable {
        case status(Int, headers: [(String, String)] = [], body: String = "")
        /// Responds 200 as if the connection persisted, and closes it after this time.
        case acceptThenClose(after: TimeAmount)
        /// Sends no byte.
        case hang
        /// Sends these bytes and no more, and leaves the connection open.
        case rawThenHang(String)
        /// Sends these bytes, then ends the connection.
        case raw(String)
        /// Sends these bytes, then ends the connection without ending its TLS session, if it has one.
        case rawThenCut(String)
        /// Resets the connection instead of a response.
        case reset
        /// Sends nothing until ``Receiver/release()``, then 200.
        case hold
        /// Sends a head, then the same bytes repeatedly, with a pause between them.
        case drip(head: String, bytes: String, every: TimeAmount)
    }

    struct Delivery: Sendable {
        let path: String
        fileprivate let headers: HTTPHeaders
        let body: [UInt8]
        /// The number of deliveries that arrived before this one on the same connection.
        let placeOnConnection: Int

        func header(_ name: String) -> String? { headers.first(name: name) }
        var id: String { header("X-Webhook-Id") ?? "" }
        var attempt: Int { Int(header("X-Webhook-Attempt") ?? "") ?? 0 }
    }

    typealias Behaviour = @Sendable (_ delivery: Delivery, _ index: Int) -> Response

    private let channel: any Channel
    private let scheme: Scheme
    private let log = Log()

    private final class Log: Sendable {
        struct Held {
            var pending: [@Sendable () -> Void] = []
            var isReleased = false
        }

        let deliveries = Mutex<[Delivery]>([])
        let serverNames = Mutex<[String?]>([])
        let held = Mutex(Held())
        let changes = ChangeSignal()
    }

    var url: String { "\(scheme)://127.0.0.1:\(port)" }
    var port: Int { channel.localAddress!.port! }

    /// The deliveries that arrived, in order of arrival.
    var received: [Delivery] { log.deliveries.withLock { $0 } }

    /// The server name that the TLS client requested in each handshake.
    var serverNames: [String?] { log.serverNames.withLock { $0 } }

    /// - Parameters:
    /// - certificate: The certificate of an https receiver; by default ``ReceiverCertificate/shared``.
    /// - behaviour: Returns the response to a delivery; its second argument is the number of earlier deliveries.
    init(
        _ scheme: Scheme = .http, host: String = "127.0.0.1", port: Int = 0, certificate: ReceiverCertificate? = nil,
        _ behaviour: @escaping Behaviour = { _, _ in .status(200) }
    ) async throws {
        self.scheme = scheme
        channel = try await Self.bootstrap(behaviour, log, try Self.tls(scheme, certificate, log))
            .bind(host: host, port: port).get()
    }

    /// Starts a receiver on a port that was reserved before.
    init(_ scheme: Scheme = .http, on port: ReservedPort) async throws {
        self.scheme = scheme
        channel = try await Self.bootstrap({ _, _ in .status(200) }, log, try Self.tls(scheme, nil, log))
            .withBoundSocket(port.duplicate()).get()
    }

    private static func tls(
        _ scheme: Scheme, _ certificate: ReceiverCertificate?, _ log: Log
    ) throws -> NIOSSLContext? {
        guard scheme == .https else { return nil }
        return try (certificate ?? ReceiverCertificate.shared.get()).serverContext { name in
            log.serverNames.withLock { $0.append(name) }
        }
    }

    private static func bootstrap(
        _ behaviour: @escaping Behaviour, _ log: Log, _ context: NIOSSLContext?
    ) -> ServerBootstrap {
        ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(.backlog, value: 1024)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let context {
                        try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
                    }
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline(withErrorHandling: false)
                    try channel.pipeline.syncOperations.addHandler(Handler(behaviour: behaviour, log: log))
                }
            }
    }

    func stop() async throws { try await channel.close() }

    /// Returns once this number of deliveries have arrived.
    func wait(untilReceived count: Int) async {
        while true {
            let version = log.changes.version
            if received.count >= count { return }
            await log.changes.wait(after: version)
        }
    }

    /// Responds to all deliveries that are held, and from now on at once to those that would be held.
    func release() {
        let pending = log.held.withLock { held in
            held.isReleased = true
            defer { held.pending = [] }
            return held.pending
        }
        for respond in pending { respond() }
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private let behaviour: Behaviour
        private let log: Log
        private var head: HTTPRequestHead?
        private var body: [UInt8] = []
        private var count = 0

        init(behaviour: @escaping Behaviour, log: Log) {
            self.behaviour = behaviour
            self.log = log
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head):
                self.head = head
                body = []
            case .body(let part): body.append(contentsOf: part.readableBytesView)
            case .end:
                guard let head else { return }
                let delivery = Delivery(
                    path: head.uri, headers: head.headers, body: body, placeOnConnection: count)
                count += 1
                let index = log.deliveries.withLock { deliveries in
                    deliveries.append(delivery)
                    return deliveries.count - 1
                }
                log.changes.notify()
                respond(with: behaviour(delivery, index), context)
            }
        }

        private func respond(with response: Response, _ context: ChannelHandlerContext) {
            switch response {
            case .status(let status, let headers, let text):
                var all = HTTPHeaders(headers)
                if !all.contains(name: "Content-Length") {
                    all.add(name: "Content-Length", value: String(text.utf8.count))
                }
                let head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: status), headers: all)
                context.write(wrapOutboundOut(.head(head)), promise: nil)
                context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: text)))), promise: nil)
                context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            case .acceptThenClose(let pause):
                let channel = context.channel
                Self.accept(on: channel)
                if pause == .zero { return channel.close(promise: nil) }
                channel.eventLoop.scheduleTask(in: pause) { channel.close(promise: nil) }
            case .hang: break
            case .hold:
                let channel = context.channel
                let isReleased = log.held.withLock { held in
                    if !held.isReleased {
                        held.pending.append { channel.eventLoop.execute { Self.accept(on: channel) } }
                    }
                    return held.isReleased
                }
                if isReleased { Self.accept(on: channel) }
            case .rawThenHang(let text): writeRaw(text, context)
            case .raw(let text):
                writeRaw(text, context)
                context.close(promise: nil)
            case .rawThenCut(let text):
                writeRaw(text, context)
                context.channel.cut()
            case .reset: context.channel.reset()
            case .drip(let head, let bytes, let pause):
                writeRaw(head, context)
                let channel = context.channel
                channel.eventLoop.scheduleRepeatedTask(initialDelay: pause, delay: pause) { task in
                    guard channel.isActive else { return task.cancel() }
                    channel.pipeline.syncOperations.writeRaw(bytes)
                }
            }
        }

        private static func accept(on channel: any Channel) {
            let head = HTTPResponseHead(version: .http1_1, status: .ok, headers: ["Content-Length": "0"])
            channel.write(HTTPServerResponsePart.head(head), promise: nil)
            channel.writeAndFlush(HTTPServerResponsePart.end(nil), promise: nil)
        }

        private func writeRaw(_ text: String, _ context: ChannelHandlerContext) {
            context.channel.pipeline.syncOperations.writeRaw(text)
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}

extension ChannelPipeline.SynchronousOperations {
    /// Writes text without the HTTP encoder.
    fileprivate func writeRaw(_ text: String) {
        guard let encoder = try? context(handlerType: HTTPResponseEncoder.self) else { return }
        encoder.writeAndFlush(NIOAny(ByteBuffer(string: text)), promise: nil)
    }
}

extension Channel {
    /// Closes the connection by a reset.
    func reset() {
        (self as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0)).whenComplete { _ in self.cut()
        }
    }

    /// Closes the connection without ending its TLS session, if it has one. Must be called on the event loop.
    fileprivate func cut() {
        guard let tls = try? pipeline.syncOperations.context(handlerType: NIOSSLServerHandler.self) else {
            return close(promise: nil)
        }
        tls.close(promise: nil)
    }
}
