import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import NIOTLS
import Webhooks

/// Establishes connections to receivers: TCP, TLS where the scheme is https, and HTTP/1.1 in both. Used on its event loop alone.
final class ReceiverConnector {
    let loop: any EventLoop
    private let trust: DeliveryTrust
    private let beforeSocket: @Sendable () throws -> Void
    /// Made for the first https attempt, and not on the event loop, since it reads the certificates of all authorities of the system.
    private lazy var tls = NIOThreadPool.singleton.runIfActive(eventLoop: loop) { [trust] in
        var configuration = trust.configuration
        configuration.applicationProtocols = ["http/1.1"]
        // A receiver that is told of the end need not agree (RFC 8446, 6.1), and one that hangs would hold the socket.
        configuration.shutdownTimeout = .zero
        return try NIOSSLContext(configuration: configuration)
    }

    /// - Parameter beforeSocket: called before each socket is opened; what it throws, the connection fails by.
    init(loop: any EventLoop, trust: DeliveryTrust, beforeSocket: @escaping @Sendable () throws -> Void) {
        self.loop = loop
        self.trust = trust
        self.beforeSocket = beforeSocket
    }

    /// Returns a connection on which requests can be written.
    ///
    /// - Parameters:
    ///   - place: what to connect to.
    ///   - addresses: its addresses in the order in which they are tried, at least one.
    ///   - deadline: when it fails with ``ChannelError/connectTimeout(_:)``, be it before or within the TLS handshake.
    /// - Throws: by the future, ``AttemptFailure`` for an address that attempts are never sent to, or an error of NIO's.
    func connect(
        to place: ReceiverPlace, at addresses: [SocketAddress], until deadline: NIODeadline
    ) -> EventLoopFuture<any Channel> {
        guard place.isSecure else {
            return connectSocket(to: place, at: addresses, until: deadline).assumeIsolated().flatMapThrowing {
                channel in
                try Self.closing(channel) {
                    try Self.checkAddress(of: channel, host: place.host)
                    try ReceiverConnection.addCodec(to: channel)
                    return channel
                }
            }.nonisolated()
        }
        return tls.assumeIsolated().flatMap { [self] context in
            connectSocket(to: place, at: addresses, until: deadline).assumeIsolated().flatMap { channel in
                Self.handshake(on: channel, with: place, context: context, until: deadline)
            }.nonisolated()
        }.nonisolated()
    }

    // MARK: TCP

    private func connectSocket(
        to place: ReceiverPlace, at addresses: [SocketAddress], until deadline: NIODeadline
    ) -> EventLoopFuture<any Channel> {
        do {
            try beforeSocket()
        } catch {
            return loop.makeFailedFuture(error)
        }
        let bootstrap = ClientBootstrap(group: loop).connectTimeout(max(deadline - .now(), .zero))
        switch place.destination {
        case .address: return bootstrap.connect(to: addresses[0])
        case .loopback: return Self.connectToFirst(of: addresses[...], bootstrap)
        case .name:
            return bootstrap.resolver(ResolvedAddresses(addresses: addresses, loop: loop))
                .connect(host: place.host, port: place.port)
        }
    }

    /// Connects to the first address that does not fail. While one neither accepts nor refuses, no other is tried: on this machine there may
    /// be another program at each.
    private static func connectToFirst(
        of addresses: ArraySlice<SocketAddress>, _ bootstrap: ClientBootstrap
    ) -> EventLoopFuture<any Channel> {
        let first = bootstrap.connect(to: addresses[addresses.startIndex])
        let others = addresses.dropFirst()
        guard !others.isEmpty else { return first }
        return first.assumeIsolated().flatMapError { error in
            if case ChannelError.connectTimeout = error { return first }
            // Where all fail, the first one's error is told: there may be no IPv6 at all.
            return connectToFirst(of: others, bootstrap).flatMapError { _ in first }
        }.nonisolated()
    }

    /// - Throws: ``AttemptFailure/forbiddenAddress(_:)`` when the socket is connected to such an address, whatever was looked up before.
    static func checkAddress(of channel: any Channel, host: String) throws(AttemptFailure) {
        guard let address = channel.remoteAddress?.ipAddress.flatMap({ NetworkAddress($0) }) else { return }
        _ = try ReceiverAddress.allowed([address], of: host)
    }

    /// Closes a channel when `body` throws.
    private static func closing<Value>(_ channel: any Channel, _ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch {
            channel.close(promise: nil)
            throw error
        }
    }

    // MARK: TLS

    private static func handshake(
        on channel: any Channel, with place: ReceiverPlace, context: NIOSSLContext, until deadline: NIODeadline
    ) -> EventLoopFuture<any Channel> {
        let ended = channel.eventLoop.makePromise(of: Void.self)
        do {
            try closing(channel) {
                try checkAddress(of: channel, host: place.host)
                let handshake = HandshakeEnd(ended)
                try channel.pipeline.syncOperations.addHandlers(
                    try NIOSSLClientHandler(context: context, serverHostname: place.serverName), handshake)
                handshake.expect(on: channel, until: deadline)
            }
        } catch {
            ended.fail(error)
        }
        return ended.futureResult.assumeIsolated().flatMapThrowing {
            try closing(channel) {
                try ReceiverConnection.addCodec(to: channel)
                return channel
            }
        }.nonisolated()
    }
}

/// Tells when a TLS handshake has ended.
private final class HandshakeEnd: ChannelInboundHandler {
    typealias InboundIn = NIOAny

    private var ended: EventLoopPromise<Void>?
    private var timer: Scheduled<Void>?

    init(_ ended: EventLoopPromise<Void>) { self.ended = ended }

    /// - Parameter deadline: when the channel is closed.
    func expect(on channel: any Channel, until deadline: NIODeadline) {
        guard ended != nil else { return }
        let timeout = deadline - .now()
        timer = channel.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { [self] in
            end(.failure(ChannelError.connectTimeout(timeout)))
            channel.close(promise: nil)
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted? = event as? TLSUserEvent { end(.success(())) }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard ended != nil else { return context.fireErrorCaught(error) }
        end(.failure(error))
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        end(.failure(ChannelError.eof))
        context.fireChannelInactive()
    }

    /// The first end counts.
    private func end(_ result: Result<Void, any Error>) {
        timer?.cancel()
        timer = nil
        let ended = ended
        self.ended = nil
        ended?.completeWith(result)
    }
}
