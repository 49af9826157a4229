import NIOCore
import NIOHTTP1
import Webhooks

/// A connection to a receiver, and the attempt under way on it. It must be used on its event loop only.
final class ReceiverConnection: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    /// The instant since which no attempt has used the connection.
    private(set) var idleSince = NIODeadline.now()
    /// Whether a complete response has been received on the connection.
    private(set) var isServed = false
    private let channel: any Channel
    private let host: HostConnections
    private let received: ReceivedBytes
    private let clock: SimulatedClock
    private var attempt: OutgoingAttempt?
    /// Whether the connection is older than the attempt; then the receiver may have closed it before it received the
    /// attempt.
    private var isReused = false
    private var isKeptAlive = false
    private var isReleased = false

    /// Creates a connection and adds it to the pipeline of its channel.
    /// - Throws: An error if the channel has been closed.
    init(_ channel: any Channel, of host: HostConnections, clock: SimulatedClock) throws {
        self.channel = channel
        self.host = host
        self.clock = clock
        received = try channel.pipeline.syncOperations.handler(type: ReceivedBytes.self)
        try channel.pipeline.syncOperations.addHandler(self)
    }

    static func addCodec(to channel: any Channel) throws {
        try channel.pipeline.syncOperations.addHandlers(
            ReceivedBytes(), HTTPRequestEncoder(),
            ByteToMessageHandler(HTTPResponseDecoder(leftOverBytesStrategy: .dropBytes)))
    }

    var isActive: Bool { channel.isActive }

    /// Begins an attempt by writing its request.
    /// - Parameter isReused: Whether the connection was used, or idle, before this attempt.
    func begin(_ attempt: OutgoingAttempt, isReused: Bool) {
        self.attempt = attempt
        self.isReused = isReused
        received.isEmpty = true
        attempt.connection = self
        let pipeline = channel.pipeline.syncOperations
        pipeline.write(wrapOutboundOut(.head(attempt.head)), promise: nil)
        pipeline.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: attempt.delivery.payload)))), promise: nil)
        let written = channel.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenFailure { [self] error in
            // Another attempt may be under way by then; this error does not concern it.
            if self.attempt === attempt { fail(error) }
        }
        pipeline.writeAndFlush(wrapOutboundOut(.end(nil)), promise: written)
    }

    func close() { channel.close(promise: nil) }

    /// Closes the connection without reporting to the attempt, which has already ended.
    func abandon() {
        attempt = nil
        close()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard let attempt else { return }
        switch unwrapInboundIn(data) {
        case .head(let head):
            isKeptAlive = head.isKeepAlive
            attempt.response.take(status: head.status, headers: head.headers, at: clock.now)
        case .body(let part):
            // The rest of the body is not read, since it would not be kept.
            guard !attempt.response.take(part) else { return }
            end(attempt)
            close()
        case .end:
            end(attempt)
            isReleased = true
        }
    }

    /// Releases the connection only after the read has completed: bytes that follow the response would otherwise be
    /// taken for the response to the next attempt.
    func channelReadComplete(context: ChannelHandlerContext) {
        guard isReleased else { return }
        isReleased = false
        guard isKeptAlive, channel.isActive else { return close() }
        isServed = true
        idleSince = .now()
        host.release(self)
    }

    func channelInactive(context: ChannelHandlerContext) {
        fail(ChannelError.eof)
        host.remove(self)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { fail(error) }

    private func end(_ attempt: OutgoingAttempt) {
        self.attempt = nil
        attempt.connection = nil
        attempt.end()
    }

    private func fail(_ error: any Error) {
        let attempt = attempt
        self.attempt = nil
        isReleased = false
        close()
        guard let attempt else { return }
        attempt.connection = nil
        if isReused, received.isEmpty {
            host.resend(attempt)
        } else {
            attempt.fail(error)
        }
    }
}

/// Records whether any bytes came from the receiver, even if they do not form a complete response head.
private final class ReceivedBytes: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    var isEmpty = true

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        isEmpty = false
        context.fireChannelRead(data)
    }
}
