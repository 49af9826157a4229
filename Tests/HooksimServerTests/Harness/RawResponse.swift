import NIOCore
import NIOPosix
import Synchronization
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The bytes that a socket receives after it has sent a request, up to the end of the connection by the server.
struct RawResponse: Sendable {
    enum End: Sendable, Equatable {
        case closed, reset
    }

    let text: String
    let end: End
    /// The number of separate reads in which the text arrived.
    let reads: Int

    /// - Parameter url: `http://HOST:PORT`.
    init(_ request: String, to url: String) async throws {
        let address = try #require(url.split(separator: "/").last).split(separator: ":")
        let ended = MultiThreadedEventLoopGroup.singleton.any().makePromise(of: RawResponse.self)
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Collector(ended: ended))
                }
            }
            .connect(host: String(address[0]), port: Int(address[1])!).get()
        try await channel.writeAndFlush(ByteBuffer(string: request))
        self = try await ended.futureResult.get()
    }

    fileprivate init(text: String, end: End, reads: Int) {
        self.text = text
        self.end = end
        self.reads = reads
    }

    private final class Collector: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let ended: EventLoopPromise<RawResponse>
        private var bytes: [UInt8] = []
        private var reads = 0
        private var wasReset = false

        init(ended: EventLoopPromise<RawResponse>) { self.ended = ended }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            bytes.append(contentsOf: unwrapInboundIn(data).readableBytesView)
            reads += 1
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            if (error as? IOError)?.errnoCode == ECONNRESET { wasReset = true }
            context.close(promise: nil)
        }

        func channelInactive(context: ChannelHandlerContext) {
            ended.succeed(
                RawResponse(
                    text: String(decoding: bytes, as: UTF8.self), end: wasReset ? .reset : .closed, reads: reads))
        }
    }
}
