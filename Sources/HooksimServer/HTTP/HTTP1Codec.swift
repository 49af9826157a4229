import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1

/// Translates between the HTTP/1.x parts of swift-nio and those of the server framework, and keeps the connection open
/// or closes it after each request as ``ConnectionPersistence`` decides.
final class HTTP1Codec: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// An outbound event that requests the content of the request in progress.
    struct ContentWanted: Sendable {}

    private var persistence = ConnectionPersistence()
    private let closing: TimeAmount
    /// Whether the last response has been written completely.
    private var isLastWritten = false
    private var end: Scheduled<Void>?

    /// Creates a codec.
    /// - Parameter closing: The time that a client has to close the connection after its last response.
    init(closing: TimeAmount) { self.closing = closing }

    /// Whether further input is not to be parsed.
    var isInputOver: Bool { persistence.isInputOver }

    /// Returns whether the parser has stopped and must be replaced, and resets that state.
    func takeStoppedParser() -> Bool { persistence.takeStoppedParser() }

    func handlerRemoved(context: ChannelHandlerContext) { end?.cancel() }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(var head):
            guard persistence.receive(&head) else { return }
            do {
                let request = try HTTPRequest(head, secure: false, splitCookie: false)
                context.fireChannelRead(wrapInboundOut(.head(request)))
            } catch {
                context.fireErrorCaught(error)
            }
        case .body(let part):
            guard persistence.receiveContent() else { return }
            context.fireChannelRead(wrapInboundOut(.body(part)))
        case .end(let trailers):
            guard persistence.receiveEnd() else { return }
            context.fireChannelRead(wrapInboundOut(.end(trailers.map { HTTPFields($0, splitCookie: false) })))
            endIfOver(context)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // Input after the last request need not be HTTP.
        if persistence.isInputOver, error is HTTPParserError || error is ByteToMessageDecoderError { return }
        context.fireErrorCaught(error)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(let response):
            var head = HTTPResponseHead(response)
            guard persistence.write(&head) else { return fail(promise) }
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .body(let part):
            guard !persistence.isOutputOver else { return fail(promise) }
            context.write(wrapOutboundOut(.body(.byteBuffer(part))), promise: promise)
        case .end(let trailers):
            guard !persistence.isOutputOver else { return fail(promise) }
            let part = wrapOutboundOut(.end(trailers.map(HTTPHeaders.init)))
            if persistence.writeEnd() {
                writeLast(part, promise, context)
            } else {
                context.write(part, promise: promise)
            }
        }
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard event is ContentWanted else { return context.triggerUserOutboundEvent(event, promise: promise) }
        guard persistence.wantContent() else {
            promise?.succeed()
            return
        }
        let head = HTTPResponseHead(version: .http1_1, status: .continue)
        context.writeAndFlush(wrapOutboundOut(.head(head)), promise: promise)
    }

    /// Writes the end of the last response, and closes the output once it has been written completely.
    ///
    /// The input stays open: closing a socket with unread input resets the connection, and the client could lose the
    /// response.
    private func writeLast(_ part: NIOAny, _ promise: EventLoopPromise<Void>?, _ context: ChannelHandlerContext) {
        let written = promise ?? context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenComplete { _ in
            self.isLastWritten = true
            context.close(mode: .output, promise: nil)
            self.endIfOver(context)
        }
        context.writeAndFlush(part, promise: written)
    }

    private func endIfOver(_ context: ChannelHandlerContext) {
        guard isLastWritten, persistence.isInputOver, end == nil, context.channel.isActive else { return }
        end = context.eventLoop.assumeIsolated().scheduleTask(in: closing) { context.close(promise: nil) }
    }

    private func fail(_ promise: EventLoopPromise<Void>?) { promise?.fail(ChannelError.outputClosed) }
}
