import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes

/// An HTTP/1.x server for one connection.
///
/// It differs from the channel of the server framework in the handling of connections: the `Upgrade` field is ignored,
/// `100 Continue` is sent when the content of the request is first read, and a connection is closed if a response says
/// so.
struct HTTP1Server: HTTPChannelHandler {
    struct Configuration: Sendable {
        /// The time limits of connections; `nil` for none.
        var deadlines: ConnectionDeadlines.Limits?
        /// The time after which an idle connection is closed; `nil` for no limit.
        var idle: TimeAmount?
        var decoder = Self.decoder(longestHead: 80 << 10)

        /// Returns the limits of the decoder.
        /// - Parameter longestHead: The maximum size of a head in bytes; a larger one ends the connection.
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
    private let admission: ConnectionAdmission?

    /// Creates a server.
    /// - Parameters:
    ///   - admission: The limit of the connections; `nil` for no limit.
    ///   - responder: The closure that responds to each request.
    init(_ configuration: Configuration, admission: ConnectionAdmission? = nil, responder: @escaping Responder) {
        self.configuration = configuration
        self.admission = admission
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
            try admission?.add(channel)
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
    /// Returns the same request. If the client expects `100-continue`, `100 Continue` is sent when the content is first
    /// read.
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
        /// The channel on which the content is requested; `nil` after that.
        var channel: (any Channel)?

        mutating func next() async throws -> ByteBuffer? {
            channel?.triggerUserOutboundEvent(HTTP1Codec.ContentWanted(), promise: nil)
            channel = nil
            return try await base.next()
        }
    }
}
