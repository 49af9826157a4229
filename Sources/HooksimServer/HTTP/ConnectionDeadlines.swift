import NIOCore
import NIOHTTPTypes

/// Closes a connection whose other side keeps it busy without getting on: one that drips the bytes of a request, or that does not
/// read its answer.
///
/// The server's own idle limit starts again with every part that arrives, so it alone would let a byte now and then hold a
/// connection for ever.
final class ConnectionDeadlines: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    struct Limits: Sendable {
        /// From the connection's start to the end of its first head; a later one may come whenever the idle limit lets it.
        var firstHead = TimeAmount.seconds(10)
        /// From a head to the end of its body.
        var body = TimeAmount.seconds(30)
        /// For what is no HTTP, to read the answer that says so.
        var closing = TimeAmount.seconds(2)
        /// For the next part of an answer, while the other side takes nothing of what is ready for it.
        var response = TimeAmount.seconds(30)
    }

    private let limits: Limits
    private var incoming: Scheduled<Void>?
    private var outgoing: Scheduled<Void>?
    /// Whether what comes in is wanted now; while it is not, the other side is not to blame.
    private var isReading = false
    /// Whether what came in was no HTTP, after which nobody reads any more.
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
