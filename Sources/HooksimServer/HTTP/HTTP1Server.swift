import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes

/// Serves HTTP/1.x on one connection after another, as every client speaks it.
///
/// It differs from the server framework's own channel in what happens between requests: an offer of another protocol is ignored, a
/// client that expects `100-continue` is told to continue when its content is first read, and a connection that is said to be closed
/// is closed.
struct HTTP1Server: HTTPChannelHandler {
    struct Configuration: Sendable {
        /// What connections may cost in time; without a limit where it is `nil`.
        var deadlines: ConnectionDeadlines.Limits?
        /// How long nothing at all may happen on a connection.
        var idle: TimeAmount?
        var decoder = Self.decoder(longestHead: 80 << 10)

        /// - Parameter longestHead: What is parsed of a head, in bytes; a longer one ends the connection.
        static func decoder(longestHead: Int) -> NIOHTTPDecoderLimitConfiguration {
            var limits = NIOHTTPDecoderLimitConfiguration()
            limits.maxHeaderFieldSize = longestHead
            limits.maxHeaderListSize = longestHead
            limits.maxHeaderFieldCount = 1000
            return limits
        }
    }

    typealias Value = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>

    let responder: Responder
    private let configuration: Configuration

    /// - Parameter responder: What responds to each request.
    init(_ configuration: Configuration, responder: @escaping Responder) {
        self.configuration = configuration
        self.responder = { request, writer, channel in
            try await responder(request.continuing(on: channel), writer, channel)
        }
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            let pipeline = channel.pipeline.syncOperations
            let codec = HTTP1Codec(closing: (configuration.deadlines ?? .init()).closing)
            try pipeline.addHandler(HTTPResponseEncoder())
            try pipeline.addHandler(
                ByteToMessageHandler(RenewingRequestDecoder(codec: codec, limits: configuration.decoder)))
            try pipeline.addHandler(codec)
            if let deadlines = configuration.deadlines {
                try pipeline.addHandler(ConnectionDeadlines(limits: deadlines))
            }
            try pipeline.addHandler(
                HTTPConnectionStateHandler(idleTimeout: configuration.idle.map { Duration($0) }, logger: logger))
            try pipeline.addHandler(ClientDeparture())
            return try NIOAsyncChannel(
                wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
        }
    }

    func handle(value: Value, logger: Logger) async { await handleHTTP(asyncChannel: value, logger: logger) }
}

extension Request {
    /// The same request, whose client is told to continue when its content is first read, where it expects that.
    fileprivate func continuing(on channel: any Channel) -> Request {
        guard headers.contains(.expect) else { return self }
        var request = self
        request.body = RequestBody(asyncSequence: AwaitedContent(content: body, channel: channel))
        return request
    }
}

/// The content of a request whose client may wait for `100 Continue` before it sends any.
private struct AwaitedContent: AsyncSequence, Sendable {
    typealias Element = ByteBuffer

    let content: RequestBody
    let channel: any Channel

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(base: content.makeAsyncIterator(), channel: channel) }

    struct AsyncIterator: AsyncIteratorProtocol {
        var base: RequestBody.AsyncIterator
        /// Until it was told.
        var channel: (any Channel)?

        mutating func next() async throws -> ByteBuffer? {
            channel?.triggerUserOutboundEvent(HTTP1Codec.ContentWanted(), promise: nil)
            channel = nil
            return try await base.next()
        }
    }
}
