import NIOCore
import NIOHTTP1
import Webhooks

/// One connection to a receiver, and the exchange under way on it. Used on its event loop alone.
final class PlainConnection: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    let place: PlainConnections.Place
    /// Since when it waits for another exchange.
    private(set) var idleSince = NIODeadline.now()
    private let channel: any Channel
    private let connections: PlainConnections
    private let clock: SimulatedClock
    private var exchange: PlainExchange?
    private var isKeptAlive = false

    init(
        _ channel: any Channel, to place: PlainConnections.Place, among connections: PlainConnections,
        clock: SimulatedClock
    ) {
        self.channel = channel
        self.place = place
        self.connections = connections
        self.clock = clock
    }

    static func addCodec(to channel: any Channel) throws {
        try channel.pipeline.syncOperations.addHandlers(
            HTTPRequestEncoder(), ByteToMessageHandler(HTTPResponseDecoder(leftOverBytesStrategy: .dropBytes)))
    }

    func begin(_ exchange: PlainExchange, to endpoint: EndpointURL) {
        self.exchange = exchange
        exchange.connection = self
        let pipeline = channel.pipeline.syncOperations
        pipeline.write(wrapOutboundOut(.head(exchange.head(for: endpoint))), promise: nil)
        pipeline.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: exchange.delivery.payload)))), promise: nil)
        let written = channel.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenFailure { [self] error in fail(error) }
        pipeline.writeAndFlush(wrapOutboundOut(.end(nil)), promise: written)
    }

    func close() { channel.close(promise: nil) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard let exchange else { return }
        switch unwrapInboundIn(data) {
        case .head(let head):
            isKeptAlive = head.isKeepAlive
            exchange.answer.take(status: head.status, headers: head.headers, at: clock.now)
        case .body(let part):
            // What is not kept is not read either.
            guard !exchange.answer.take(part) else { return }
            endExchange()
            close()
        case .end:
            endExchange()
            guard isKeptAlive, channel.isActive else { return close() }
            idleSince = .now()
            connections.keep(self)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        connections.remove(self)
        fail(ChannelError.eof)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { fail(error) }

    private func endExchange() {
        exchange?.connection = nil
        exchange?.end()
        exchange = nil
    }

    private func fail(_ error: any Error) {
        exchange?.connection = nil
        exchange?.fail(error)
        exchange = nil
        close()
    }
}
