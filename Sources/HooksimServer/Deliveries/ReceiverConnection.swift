import NIOCore
import NIOHTTP1
import Webhooks

/// One connection to a receiver, and the attempt under way on it. Used on its event loop alone.
final class ReceiverConnection: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    /// Since when no attempt uses it.
    private(set) var idleSince = NIODeadline.now()
    /// Whether a response has come on it.
    private(set) var isServed = false
    private let channel: any Channel
    private let host: HostConnections
    private let received: ReceivedBytes
    private let clock: SimulatedClock
    private var attempt: OutgoingAttempt?
    /// Whether it was there before the attempt, so that the receiver may be closing it without having seen the attempt.
    private var isReused = false
    private var isKeptAlive = false
    private var isReleased = false

    /// - Throws: an error when the channel has been closed meanwhile.
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

    /// - Parameter isReused: whether it has been used, or idle, before.
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
            // By then another attempt may use it, of which this says nothing.
            if self.attempt === attempt { fail(error) }
        }
        pipeline.writeAndFlush(wrapOutboundOut(.end(nil)), promise: written)
    }

    func close() { channel.close(promise: nil) }

    /// Closes it without a word to the attempt, which has ended.
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
            // What is not kept is not read either.
            guard !attempt.response.take(part) else { return }
            end(attempt)
            close()
        case .end:
            end(attempt)
            isReleased = true
        }
    }

    /// Only now it is known that nothing came after the response which the next attempt would take for its own.
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

/// Whether anything came from the receiver, be it less than a response's head.
private final class ReceivedBytes: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    var isEmpty = true

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        isEmpty = false
        context.fireChannelRead(data)
    }
}
