@testable import HooksimServer
import Logging
import NIOCore
import NIOPosix
import Testing

/// Tests that a listening channel survives the shortage of files.
@Suite struct AcceptPauseTests {
    @Test(.timeLimit(.minutes(3))) func `a channel that could not accept a connection accepts the next ones`()
        async throws
    {
        let (accepted, accept) = AsyncStream<Void>.makeStream()
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { child in
                accept.yield()
                return child.eventLoop.makeSucceededVoidFuture()
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let address = try #require(channel.localAddress)
        try await channel.addAcceptPause(logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let isPaused = try await channel.eventLoop.submit {
            channel.pipeline.fireErrorCaught(IOError(errnoCode: EMFILE, reason: "accept"))
            return try channel.syncOptions?.getOption(.autoRead) == false
        }.get()
        #expect(isPaused)
        let client = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton).connect(to: address).get()
        var connections = accepted.makeAsyncIterator()
        #expect(await connections.next() != nil)
        try await client.close()
        try await channel.close()
    }
}
