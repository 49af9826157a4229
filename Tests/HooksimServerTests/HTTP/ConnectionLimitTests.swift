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
            let socket = try await RawSocket(to: client.url)
            // On a busy machine the connection can end before the request is sent.
            try? await socket.send(["GET /__admin/health HTTP/1.1", "Host: 127.0.0.1"])
            _ = try await socket.rest()
        }
    }

    @Test(.timeLimit(.minutes(3)))
    func `beyond the limit, a new connection takes the place of the one that has been idle longest`() async throws {
        try await withSimulator {
            $0.limits.connections = 2
            $0.limits.leastIdle = .zero
        } _: { client in
            let first = try await Self.servedConnection(to: client.url)
            let second = try await Self.servedConnection(to: client.url)
            let third = try await Self.servedConnection(to: client.url)
            try await first.closeFuture.get()
            #expect(second.isActive && third.isActive)
            try await second.close()
            try await third.close()
        }
    }

    @Test(.timeLimit(.minutes(3)))
    func `beyond the limit, only the health check is served while every connection has a request in progress`()
        async throws
    {
        try await withSimulator {
            $0.limits.connections = 2
            $0.limits.leastIdle = .zero
        } _: { client in
            var waiting: [RawSocket] = []
            for _ in 1...2 { waiting.append(try await Self.waitingExpectation(at: client.url)) }

            let health = try await RawResponse(Self.request("GET /__admin/health"), to: client.url)
            #expect(health.text.hasPrefix("HTTP/1.1 200"))
            #expect(health.text.lowercased().contains("connection: close"))
            let refused = try await RawResponse(Self.request("GET /webhooks"), to: client.url)
            #expect(refused.text.hasPrefix("HTTP/1.1 503"))
            #expect(refused.text.lowercased().contains("retry-after: 1"))
            #expect(refused.text.contains("ulimit -n"))
            let token = try await RawResponse(Self.request("GET /oauth/token"), to: client.url)
            #expect(token.text.contains("temporarily_unavailable"))

            for socket in waiting { socket.close() }
            var status = ""
            // The server notices a moment later that the connections are closed.
            while !status.hasPrefix("HTTP/1.1 401") {
                status = try await RawResponse(Self.request("GET /webhooks"), to: client.url).text
            }
        }
    }

    @Test(.timeLimit(.minutes(3)))
    func `refused connections on which nothing is sent do not keep the health check from being served`() async throws {
        try await withSimulator {
            $0.limits.connections = 1
        } _: { client in
            let waiting = try await Self.waitingExpectation(at: client.url)
            var silent: [RawSocket] = []
            for _ in 1...(OpenFiles.forRefusedClients + 2) { silent.append(try await RawSocket(to: client.url)) }
            let health = try await RawResponse(Self.request("GET /__admin/health"), to: client.url)
            #expect(health.text.hasPrefix("HTTP/1.1 200"))
            for socket in silent + [waiting] { socket.close() }
        }
    }

    private static func request(_ line: String) -> String {
        "\(line) HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
    }

    /// Returns a connection with an expectation that waits. `100 Continue` shows that the request is in progress.
    private static func waitingExpectation(at url: String) async throws -> RawSocket {
        let body = #"{"of": "events", "count": 1, "timeout": "10m"}"#
        let socket = try await RawSocket(to: url)
        try await socket.send(
            [
                "POST /__admin/expect HTTP/1.1", "Host: 127.0.0.1", "Content-Type: application/json",
                "Content-Length: \(body.utf8.count)", "Expect: 100-continue",
            ])
        #expect(try await socket.response().status == 100)
        try await socket.send(body)
        return socket
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
