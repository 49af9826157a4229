import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import NIOTLS
import Webhooks

/// Establishes connections to receivers: TCP, TLS if the scheme is https, and HTTP/1.1.
///
/// It must be used on its event loop only.
final class ReceiverConnector {
    let loop: any EventLoop
    private let trust: DeliveryTrust
    private let beforeSocket: @Sendable () throws -> Void
    /// The TLS context. It is created for the first https attempt, and not on the event loop, since that reads all root
    /// certificates of the system.
    private lazy var tls = NIOThreadPool.singleton.runIfActive(eventLoop: loop) { [trust] in
        var configuration = trust.configuration
        configuration.applicationProtocols = ["http/1.1"]
        // A receiver need not respond to a close_notify (RFC 8446, 6.1), and one that hangs would keep the socket open.
        configuration.shutdownTimeout = .zero
        return try NIOSSLContext(configuration: configuration)
    }

    /// Creates a connector.
    /// - Parameter beforeSocket: A closure that is called before each socket is opened; an error that it throws fails
    ///   the connection.
    init(loop: any EventLoop, trust: DeliveryTrust, beforeSocket: @escaping @Sendable () throws -> Void) {
        self.loop = loop
        self.trust = trust
        self.beforeSocket = beforeSocket
    }

    /// Returns a connection on which requests can be written.
    ///
    /// - Parameters:
    ///   - place: The scheme, host and port to connect to.
    ///   - addresses: The addresses of the host in the order in which they are tried, at least one.
    ///   - deadline: The instant at which the future fails with ``ChannelError/connectTimeout(_:)``, before or during
    ///     the TLS handshake.
    /// - Throws: By the future, ``AttemptFailure`` if attempts may not be sent to the address, or an error of
    ///   swift-nio.
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

    /// Connects to the first address that does not fail. While one address neither accepts nor refuses the connection,
    /// no other is tried, since different programs may listen on the loopback addresses.
    private static func connectToFirst(
        of addresses: ArraySlice<SocketAddress>, _ bootstrap: ClientBootstrap
    ) -> EventLoopFuture<any Channel> {
        let first = bootstrap.connect(to: addresses[addresses.startIndex])
        let others = addresses.dropFirst()
        guard !others.isEmpty else { return first }
        return first.assumeIsolated().flatMapError { error in
            if case ChannelError.connectTimeout = error { return first }
            // If all fail, the error of the first address is reported, since the machine may have no IPv6 at all.
            return connectToFirst(of: others, bootstrap).flatMapError { _ in first }
        }.nonisolated()
    }

    /// Checks the address that a socket is connected to, independent of the earlier lookup.
    /// - Throws: ``AttemptFailure/forbiddenAddress(_:)`` if attempts may not be sent to that address.
    static func checkAddress(of channel: any Channel, host: String) throws(AttemptFailure) {
        guard let address = channel.remoteAddress?.ipAddress.flatMap({ NetworkAddress($0) }) else { return }
        _ = try ReceiverAddress.allowed([address], of: host)
    }

    /// Runs `body`, and closes a channel if it throws.
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

/// A channel handler that completes a promise when the TLS handshake has ended.
private final class HandshakeEnd: ChannelInboundHandler {
    typealias InboundIn = NIOAny

    private var ended: EventLoopPromise<Void>?
    private var timer: Scheduled<Void>?

    init(_ ended: EventLoopPromise<Void>) { self.ended = ended }

    /// Starts the timer of the handshake.
    /// - Parameter deadline: The instant at which the channel is closed unless the handshake has ended.
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

    /// Completes the promise with the first result; later results are ignored.
    private func end(_ result: Result<Void, any Error>) {
        timer?.cancel()
        timer = nil
        let ended = ended
        self.ended = nil
        ended?.completeWith(result)
    }
}
