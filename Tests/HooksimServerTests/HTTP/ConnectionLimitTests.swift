@testable import HooksimServer
import NIOCore
import NIOPosix
import Testing
import Webhooks

/// Tests that no client can hold connections while it makes no progress. Without the limits, these tests end by their
/// time limit.
@Suite struct ConnectionLimitTests {
    @Test(
        .timeLimit(.minutes(3)),
        arguments: [
            "", "GET /web", "GET /webhooks HTTP/1.1\r\nHost: a\r\nX-",
            "POST /webhooks HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{",
            "POST /oauth/token HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n",
            "POST /__admin/events HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
                + "Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n",
        ])
    func `a request that never ends is ended`(start: String) async throws {
        try await withSimulator {
            $0.limits.deadlines.firstHead = .milliseconds(300)
            $0.limits.deadlines.body = .milliseconds(300)
        } _: { client in
            // The connection may end in any way, even by a reset if a busy machine lets the deadline pass before the
            // first byte.
            _ = try? await RawResponse(start, to: client.url)
        }
    }

    @Test(.timeLimit(.minutes(3)))
    func `a head without end gets a response and is then ended, though the response is not read`()
        async throws
    {
        try await withSimulator {
            $0.limits.deadlines.closing = .milliseconds(300)
        } _: { client in
            let address = try EndpointURL(client.url)
            let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .channelOption(.autoRead, value: false)
                .connect(host: address.host, port: address.port).get()
            let head = "GET / HTTP/1.1\r\nX: \(String(repeating: "x", count: 4 << 20))"
            channel.writeAndFlush(ByteBuffer(string: head)).whenFailure { _ in channel.close(promise: nil) }
            try await channel.closeFuture.get()
        }
    }

    @Test(.timeLimit(.minutes(3))) func `a body that drips does not buy time`() async throws {
        try await withSimulator {
            $0.limits.deadlines.body = .milliseconds(300)
        } _: { client in
            let address = try EndpointURL(client.url)
            let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connect(host: address.host, port: address.port).get()
            let head = "POST /webhooks HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n"
            try await channel.writeAndFlush(ByteBuffer(string: head))
            channel.eventLoop.scheduleRepeatedTask(initialDelay: .zero, delay: .milliseconds(50)) { task in
                guard channel.isActive else { return task.cancel() }
                channel.writeAndFlush(ByteBuffer(string: "x"), promise: nil)
            }
            try await channel.closeFuture.get()
        }
    }

    @Test(.timeLimit(.minutes(3))) func `a client that does not read the responses is disconnected`() async throws {
        try await withSimulator {
            $0.limits.deadlines.response = .milliseconds(300)
        } _: { client in
            let token = try await client.token()
            try await client.subscribe(to: "http://127.0.0.1:1/", token: token)
            try await client.trigger(count: 100)
            let address = try EndpointURL(client.url)
            let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .channelOption(.autoRead, value: false)
                .connect(host: address.host, port: address.port).get()
            let request = "GET /webhooks/events HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(token)\r\n\r\n"
            // The responses to these requests are far larger than the kernel's buffers for a client that reads none.
            try await channel.writeAndFlush(ByteBuffer(string: String(repeating: request, count: 2000)))
            // A channel that reads nothing detects the end of the connection only when it writes.
            channel.eventLoop.scheduleRepeatedTask(initialDelay: .zero, delay: .milliseconds(100)) { task in
                guard channel.isActive else { return task.cancel() }
                channel.writeAndFlush(ByteBuffer(string: "\r\n")).whenFailure { _ in channel.close(promise: nil) }
            }
            try await channel.closeFuture.get()
        }
    }

    @Test(.timeLimit(.minutes(3))) func `a connection on which nothing more is asked is ended`() async throws {
        try await withSimulator {
            $0.limits.idle = .milliseconds(300)
        } _: { client in
            try await Self.servedConnection(to: client.url).closeFuture.get()
        }
    }

    @Test(.timeLimit(.minutes(3))) func `there are no more connections at once than the limit`() async throws {
        try await withSimulator {
            $0.limits.connections = 2
        } _: { client in
            var held: [any Channel] = []
            for _ in 0..<2 { held.append(try await Self.servedConnection(to: client.url)) }
            let request = "GET /__admin/health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
            try await withThrowingTaskGroup(of: String?.self) { group in
                group.addTask { try await RawResponse(request, to: client.url).text }
                // No response is expected here, so the wait for it is short.
                group.addTask {
                    try await Task.sleep(for: .milliseconds(300))
                    return nil
                }
                #expect(try await group.next() == .some(nil), "a third connection was served")
                try await held[0].close()
                #expect(try await group.next()??.hasPrefix("HTTP/1.1 200") == true)
            }
            try await held[1].close()
        }
    }

    /// Returns an open connection on which the server has responded. Without a response, the connection may still wait
    /// in the kernel to be accepted.
    private static func servedConnection(to url: String) async throws -> any Channel {
        let address = try EndpointURL(url)
        let responded = MultiThreadedEventLoopGroup.singleton.any().makePromise(of: Void.self)
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(FirstRead(responded))
                }
            }
            .connect(host: address.host, port: address.port).get()
        try await channel.writeAndFlush(ByteBuffer(string: "GET /__admin/health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"))
        try await responded.futureResult.get()
        return channel
    }

    private final class FirstRead: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let promise: EventLoopPromise<Void>

        init(_ promise: EventLoopPromise<Void>) { self.promise = promise }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) { promise.succeed() }
        func channelInactive(context: ChannelHandlerContext) { promise.fail(ChannelError.eof) }
    }
}
