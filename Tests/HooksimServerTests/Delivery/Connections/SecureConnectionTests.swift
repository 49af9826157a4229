import FoundationEssentials
import NIOCore
import NIOPosix
import StrictJSON
import Testing
import Webhooks

@testable import HooksimServer

/// Tests of the parts that only TLS connections have: the handshake, the certificate and the end of the session.
@Suite struct SecureConnectionTests {
    private static func send(
        _ number: UInt64 = 1, to url: String, by sender: DeliverySender, timeout: TimeSpan = .minutes(1)
    ) async throws -> AttemptResult {
        await sender.send(try .test(to: url, number: number), timeout: timeout).result
    }

    // MARK: The handshake

    @Test func `one connection with one handshake carries one attempt after the other`() async throws {
        let receiver = try await Receiver(.https)
        try await withSender { sender in
            for number: UInt64 in 1...5 {
                let result = try await Self.send(number, to: receiver.url, by: sender)
                #expect(result == AttemptResult(statusCode: 200))
            }
        }
        #expect(receiver.received.map(\.placeOnConnection) == [0, 1, 2, 3, 4])
        #expect(receiver.serverNames.count == 1)
        try await receiver.stop()
    }

    @Test func `the same host and port are different places by http and https`() async throws {
        let receiver = try await Receiver(.https)
        try await withSender { sender in
            let secure = try await Self.send(to: receiver.url, by: sender)
            #expect(secure.isSuccess)
            // A request without TLS fails at this receiver, and never uses the idle connection.
            let plain = receiver.url.replacing("https:", with: "http:")
            let result = try await Self.send(to: plain, by: sender)
            #expect(!result.isSuccess)
        }
        #expect(receiver.received.count == 1)
        try await receiver.stop()
    }

    @Test(
        arguments: [
            ("localhost", "localhost"), ("localhost.", "localhost"), ("SHOP.test", "SHOP.test"), ("127.0.0.1", nil),
            ("127.1", nil), ("2130706433", nil),
        ] as [(host: String, name: String?)])
    func `the receiver learns the name that is asked for, and never an address`(
        host: String, name: String?
    ) async throws {
        let receiver = try await Receiver(.https)
        try await withSender(lookup: { _ in [NetworkAddress("127.0.0.1")!] }) { sender in
            let result = try await Self.send(to: "https://\(host):\(receiver.port)/", by: sender)
            #expect(result == AttemptResult(statusCode: 200))
        }
        #expect(receiver.serverNames == [name])
        #expect(receiver.received.map { $0.header("Host") } == ["\(host):\(receiver.port)"])
        try await receiver.stop()
    }

    @Test func `a handshake that does not end is a connection that was never established`() async throws {
        // The kernel accepts the connections, and nothing is ever sent on them.
        let silent = try ReservedPort()
        silent.listenWithBacklog()
        let timeout = TimeSpan.milliseconds(300)
        try await withSender { sender in
            // Some attempts begin a connection; the others time out in the queue.
            await withTaskGroup(of: AttemptFailure?.self) { group in
                for number: UInt64 in 1...20 {
                    group.addTask {
                        try? await Self.send(
                            number, to: "https://127.0.0.1:\(silent.port)/", by: sender, timeout: timeout
                        ).failure
                    }
                }
                for await failure in group { #expect(failure == .connectTimeout(within: timeout)) }
            }
        }
    }

    @Test func `the attempt log says that there was no connection, whatever the delivery timeout is`() async throws {
        let silent = try ReservedPort()
        silent.listenWithBacklog()
        try await withSimulator { client in
            try await client.settings(["retry_schedule": ["0s"], "delivery_timeout": "700ms"])
            try await client.subscribe(
                to: "https://127.0.0.1:\(silent.port)/", token: try await client.token())
            try await client.trigger()
            try await client.expect(
                "attempts",
                ["failure": "connect_timeout", "error": "no connection was established within 700ms"], count: 1)
        }
    }

    @Test func `a receiver that can't be served yet gets its attempts once it can`() async throws {
        let port = try ReservedPort()
        port.listenWithBacklog()
        try await withSender { sender in
            async let result = Self.send(to: "https://127.0.0.1:\(port.port)/", by: sender, timeout: .minutes(5))
            let receiver = try await Receiver(.https, on: port)
            let ended = try await result
            #expect(ended == AttemptResult(statusCode: 200))
            try await receiver.stop()
        }
    }

    enum Interruption: CaseIterable { case closed, reset, noTLS }

    @Test(arguments: Interruption.allCases)
    func `a receiver that ends the handshake is reported as such`(interruption: Interruption) async throws {
        let server = try await HandshakeInterruption(interruption)
        try await withSender { sender in
            let failure = try await Self.send(to: "https://127.0.0.1:\(server.port)/", by: sender).failure
            switch interruption {
            case .reset: #expect(failure == .connectionReset)
            case .closed, .noTLS: #expect(failure?.kind == .tls, "\(String(describing: failure))")
            }
        }
        try await server.stop()
    }

    // MARK: The certificate

    enum Untrusted: CaseIterable { case unknownAuthority, otherName, otherAddress, expired, notYetValid }

    @Test(arguments: Untrusted.allCases)
    func `nothing is sent to a receiver whose certificate proves nothing`(untrusted: Untrusted) async throws {
        let day = 86_400.0
        let certificate =
            switch untrusted {
            case .unknownAuthority: try ReceiverCertificate(names: ["localhost"])
            case .otherName: try ReceiverCertificate(names: ["localhost.test", "127.0.0.2"])
            case .otherAddress: try ReceiverCertificate(names: ["localhost", "127.0.0.2"])
            case .expired: try ReceiverCertificate(names: ["localhost"], at: Date(timeIntervalSinceNow: -60 * day))
            case .notYetValid: try ReceiverCertificate(names: ["localhost"], at: Date(timeIntervalSinceNow: 60 * day))
            }
        let reason =
            switch untrusted {
            case .unknownAuthority, .expired, .notYetValid: "CERTIFICATE_VERIFY_FAILED"
            case .otherName, .otherAddress: "failedToValidateHostname"
            }
        let receiver = try await Receiver(.https, certificate: certificate)
        let trust = untrusted == .unknownAuthority ? try DeliveryTrust() : try certificate.trust()
        try await withSender(trust: trust) { sender in
            let host = untrusted == .otherAddress ? "127.0.0.1" : "localhost"
            for number: UInt64 in 1...2 {
                let result = try await Self.send(number, to: "https://\(host):\(receiver.port)/", by: sender)
                #expect(result.failure?.kind == .tls)
                #expect(result.failure?.description.contains(reason) == true, "\(result)")
                #expect(result.statusCode == nil)
            }
        }
        #expect(receiver.received.isEmpty)
        try await withSender(trust: DeliveryTrust(isVerified: false)) { sender in
            let result = try await Self.send(to: "https://localhost:\(receiver.port)/", by: sender)
            #expect(result.isSuccess)
        }
        try await receiver.stop()
    }

    // MARK: The end of the session

    @Test func `a body that ends with the connection is complete only when the session was ended, too`() async throws {
        let text = "HTTP/1.1 200 OK\r\n\r\nthanks"
        let receiver = try await Receiver(.https) { _, index in index == 0 ? .raw(text) : .rawThenCut(text) }
        try await withSender { sender in
            let ended = try await Self.send(1, to: receiver.url, by: sender)
            #expect(ended == AttemptResult(statusCode: 200))
            let cut = try await Self.send(2, to: receiver.url, by: sender)
            #expect(cut == AttemptResult(statusCode: 200, failure: .incompleteResponse))
        }
        try await receiver.stop()
    }
}

/// A server that accepts connections, and ends each during the handshake.
private final class HandshakeInterruption: Sendable {
    private let channel: any Channel

    init(_ interruption: SecureConnectionTests.Interruption) async throws {
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { child in
                child.eventLoop.makeCompletedFuture {
                    try child.pipeline.syncOperations.addHandler(Handler(interruption))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
    }

    var port: Int { channel.localAddress!.port! }

    func stop() async throws { try await channel.close() }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let interruption: SecureConnectionTests.Interruption

        init(_ interruption: SecureConnectionTests.Interruption) { self.interruption = interruption }

        /// The data is the client's first message.
        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch interruption {
            case .closed: break
            case .reset: return context.channel.reset()
            case .noTLS:
                let text = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"
                context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
            }
            context.close(promise: nil)
        }
    }
}
