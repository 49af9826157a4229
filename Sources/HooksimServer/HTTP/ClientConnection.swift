import NIOCore
import NIOHTTPTypes
import Synchronization

/// A connection of a client, and whether it is idle.
final class ClientConnection: Sendable {
    private static let busy: UInt64 = 0

    private let channel: any Channel
    /// The instant since which no request is in progress, in nanoseconds of the uptime, or ``busy``. It changes on the
    /// event loop of the channel only.
    private let idle = Atomic(NIODeadline.now().uptimeNanoseconds)
    /// Whether the connection is about to be closed, unless a request has begun.
    private let isClosing = Atomic(false)

    init(_ channel: any Channel) { self.channel = channel }

    /// The instant since which no request is in progress; `nil` if one is, or if the connection is about to be closed.
    var idleSince: NIODeadline? {
        let idle = idle.load(ordering: .relaxed)
        return idle == Self.busy || isClosing.load(ordering: .relaxed) ? nil : .uptimeNanoseconds(idle)
    }

    /// Closes the connection, unless a request begins first.
    func closeIfIdle() {
        isClosing.store(true, ordering: .relaxed)
        channel.eventLoop.execute {
            if self.idle.load(ordering: .relaxed) == Self.busy {
                self.isClosing.store(false, ordering: .relaxed)
            } else {
                self.channel.close(promise: nil)
            }
        }
    }

    /// Creates the handler that follows the requests of the connection.
    func handler() -> some ChannelDuplexHandler { Handler(self) }

    private final class Handler: ChannelDuplexHandler {
        typealias InboundIn = HTTPRequestPart
        typealias InboundOut = HTTPRequestPart
        typealias OutboundIn = HTTPResponsePart
        typealias OutboundOut = HTTPResponsePart

        private let connection: ClientConnection
        /// The number of requests without a complete response, which exceeds one if a client pipelines.
        private var requests = 0

        init(_ connection: ClientConnection) { self.connection = connection }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            if case .head = unwrapInboundIn(data) {
                requests += 1
                connection.idle.store(ClientConnection.busy, ordering: .relaxed)
            }
            context.fireChannelRead(data)
        }

        func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
            if case .end = unwrapOutboundIn(data) {
                requests -= 1
                if requests == 0 {
                    connection.idle.store(NIODeadline.now().uptimeNanoseconds, ordering: .relaxed)
                }
            }
            context.write(data, promise: promise)
        }
    }
}
