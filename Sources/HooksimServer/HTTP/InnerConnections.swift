import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Connections to this server from within its process.
///
/// Each is a pair of sockets without an address. Therefore the peer is always this server, regardless of the address
/// that it listens on and of other programs that listen on the same port. The server uses the same handlers as for all
/// other connections, except for TLS.
final class InnerConnections: Sendable {
    private let server = Mutex<(any ServerChildChannel)?>(nil)
    /// The open connections, by the identity of the server's channel.
    private let channels = Mutex<Set<ObjectIdentifier>>([])
    private let logger: Logger

    init(logger: Logger) { self.logger = logger }

    /// Stores the child channel with which the server serves its connections, and returns it.
    func serve<Child: ServerChildChannel>(with child: Child) -> Child {
        server.withLock { $0 = child }
        return child
    }

    /// Returns whether a channel of the server is one of these connections.
    func contains(_ channel: any Channel) -> Bool { channels.withLock { $0.contains(ObjectIdentifier(channel)) } }

    /// Opens a connection and returns the client's channel.
    /// - Parameter initialize: A closure that adds the client's handlers.
    /// - Throws: ``IOError`` if the process has no more descriptors.
    func open(_ initialize: @escaping @Sendable (any Channel) throws -> Void) async throws -> any Channel {
        guard let server = server.withLock({ $0 }) else { throw ChannelError.ioOnClosedChannel }
        let (inner, outer) = try Self.pair()
        do {
            try await serve(inner, with: server)
        } catch {
            close(outer)
            throw error
        }
        return try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton).channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture { try initialize(channel) }
        }.withConnectedSocket(outer).get()
    }

    private func serve(_ descriptor: Int32, with server: some ServerChildChannel) async throws {
        let logger = logger
        let value = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            // The option equals that of the server's other channels.
            .channelOption(.allowRemoteHalfClosure, value: true)
            .withConnectedSocket(descriptor) { channel in
                self.remember(channel)
                return server.setup(channel: channel, logger: logger)
            }
        // The task ends when the client closes its channel.
        Task { await server.handle(value: value, logger: logger) }
    }

    private func remember(_ channel: any Channel) {
        let id = ObjectIdentifier(channel)
        channels.withLock { _ = $0.insert(id) }
        channel.closeFuture.whenComplete { _ in self.channels.withLock { _ = $0.remove(id) } }
    }

    private static func pair() throws -> (Int32, Int32) {
        var ends: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, StreamSocket.type, 0, &ends) == 0 else {
            throw IOError(errnoCode: errno, reason: "socketpair")
        }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }
}
