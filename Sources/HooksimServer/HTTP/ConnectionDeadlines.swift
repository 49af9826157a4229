import NIOCore
import NIOHTTPTypes

/// Closes a connection whose client makes no progress: one that sends a request too slowly, or that does not read its
/// response.
///
/// The idle timeout of the server restarts with every part that arrives, so a client that sends a byte now and then
/// could otherwise keep a connection open indefinitely.
final class ConnectionDeadlines: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    struct Limits: Sendable {
        /// The time from the start of the connection to the end of its first head; the idle timeout alone applies to
        /// later heads.
        var firstHead = TimeAmount.seconds(10)
        /// The time from a head to the end of its body.
        var body = TimeAmount.seconds(30)
        /// The time that a client has to read the error response after it has sent bytes that are not HTTP.
        var closing = TimeAmount.seconds(2)
        /// The time that a client has to accept more of a response while the channel is not writable.
        var response = TimeAmount.seconds(30)
    }

    private let limits: Limits
    private var incoming: Scheduled<Void>?
    private var outgoing: Scheduled<Void>?
    /// Whether the server waits for input. While it does not, the client is not responsible for a missing part.
    private var isReading = false
    /// Whether the input was not HTTP, after which the server reads no more.
    private var isBroken = false

    init(limits: Limits) { self.limits = limits }

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { expect(within: limits.firstHead, context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        if incoming == nil { expect(within: limits.firstHead, context) }
        context.fireChannelActive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { stop() }

    func channelInactive(context: ChannelHandlerContext) {
        stop()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head: expect(within: limits.body, context)
        case .body: break
        case .end: incoming?.cancel()
        }
        context.fireChannelRead(data)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        isBroken = true
        expect(within: limits.closing, context)
        context.fireErrorCaught(error)
    }

    func read(context: ChannelHandlerContext) {
        isReading = true
        context.read()
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        isReading = false
        context.fireChannelReadComplete()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        outgoing?.cancel()
        if !context.channel.isWritable {
            outgoing = context.eventLoop.assumeIsolated().scheduleTask(in: limits.response) {
                context.close(promise: nil)
            }
        }
        context.fireChannelWritabilityChanged()
    }

    private func expect(within time: TimeAmount, _ context: ChannelHandlerContext) {
        incoming?.cancel()
        incoming = context.eventLoop.assumeIsolated().scheduleTask(in: time) {
            if self.isReading || self.isBroken {
                context.close(promise: nil)
            } else {
                self.expect(within: time, context)
            }
        }
    }

    private func stop() {
        incoming?.cancel()
        outgoing?.cancel()
    }
}
