import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization
import Testing
import Webhooks

@testable import HooksimServer

/// Tests of receivers that serve one connection at a time and keep it open, as a server with one thread does.
@Suite struct UnservedConnectionTests {
    @Test func `all attempts of many at once are received by a receiver that serves one connection at a time`()
        async throws
    {
        let receiver = try await SerialReceiver()
        try await withSender { sender in
            let url = receiver.url
            await withTaskGroup(of: AttemptResult?.self) { group in
                for number in 1...40 { group.addTask { await Self.send(number, to: url, by: sender) } }
                for await result in group { #expect(result == AttemptResult(statusCode: 200)) }
            }
        }
        try await receiver.stop()
    }

    @Test func `a connection that is used all the time does not keep the others from being served`() async throws {
        let receiver = try await SerialReceiver()
        try await withSender { sender in
            let url = receiver.url
            let feeding = Feeding()
            await withTaskGroup(of: Void.self) { group in
                // There are as many attempts as connections at first, and enough more that one of them waits whenever a
                // connection is released.
                for feeder in 1...8 {
                    group.addTask {
                        var number = feeder * 1_000_000
                        while !feeding.isFinished.load(ordering: .relaxed) {
                            number += 1
                            #expect(await Self.send(number, to: url, by: sender) == AttemptResult(statusCode: 200))
                        }
                    }
                }
                await withTaskGroup(of: AttemptResult?.self) { first in
                    for number in 1...8 { first.addTask { await Self.send(number, to: url, by: sender) } }
                    for await result in first { #expect(result == AttemptResult(statusCode: 200)) }
                }
                feeding.isFinished.store(true, ordering: .relaxed)
            }
        }
        try await receiver.stop()
    }

    @Test func `only a connection that waits for long is overdue, and the first of them counts`() throws {
        final class Connection {}
        let connections = (0..<3).map { _ in Connection() }
        let start = NIODeadline.uptimeNanoseconds(1_000_000_000)
        let patience = UnservedConnections<Connection>.patience
        var unserved = UnservedConnections<Connection>()
        #expect(unserved.overdueAt == nil && !unserved.isOverdue(at: .distantFuture))
        for (number, connection) in connections.enumerated() {
            unserved.insert(connection, at: start + .milliseconds(Int64(number)))
        }
        #expect(unserved.count == 3 && unserved.overdueAt == start + patience)
        #expect(!unserved.isOverdue(at: start + patience - .nanoseconds(1)) && unserved.isOverdue(at: start + patience))
        unserved.remove(connections[0])
        unserved.remove(connections[2])
        unserved.remove(connections[2])
        #expect(unserved.count == 1 && unserved.overdueAt == start + patience + .milliseconds(1))
        unserved.remove(connections[1])
        #expect(unserved.count == 0 && unserved.overdueAt == nil)
    }

    private final class Feeding: Sendable {
        let isFinished = Atomic(false)
    }

    private static func send(_ number: Int, to url: String, by sender: DeliverySender) async -> AttemptResult? {
        do {
            return await sender.send(try .test(to: url, number: UInt64(number)), timeout: .minutes(1)).result
        } catch {
            Issue.record(error)
            return nil
        }
    }
}

/// A receiver that accepts a connection once the previous one is closed, and responds 200 to each request on it.
private final class SerialReceiver: Sendable {
    private let channel: any Channel

    init() async throws {
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.autoRead, value: false)
            .serverChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelInitializer { child in
                let server = child.parent
                child.closeFuture.whenComplete { _ in server?.read() }
                return child.eventLoop.makeCompletedFuture {
                    try child.pipeline.syncOperations.configureHTTPServerPipeline()
                    try child.pipeline.syncOperations.addHandler(Handler())
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        channel.read()
    }

    var url: String { "http://127.0.0.1:\(channel.localAddress!.port!)" }

    func stop() async throws { try await channel.close() }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            guard case .end = unwrapInboundIn(data) else { return }
            let head = HTTPResponseHead(version: .http1_1, status: .ok, headers: ["Content-Length": "0"])
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }
    }
}
