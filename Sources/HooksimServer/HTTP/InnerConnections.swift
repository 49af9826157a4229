import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Musl
#endif

/// Connections to this server from inside of its process.
///
/// Each is a pair of sockets without an address: whatever address the server listens on, and whoever listens on the same port of another
/// one, at the other end is this very server. It serves them with the handlers that it serves all connections with, but for TLS.
final class InnerConnections: Sendable {
    private let server = Mutex<(any ServerChildChannel)?>(nil)
    /// The server's ends of the connections that are open.
    private let channels = Mutex<Set<ObjectIdentifier>>([])
    private let logger: Logger

    init(logger: Logger) { self.logger = logger }

    /// Remembers what the server serves its connections with, and returns it.
    func serve<Child: ServerChildChannel>(with child: Child) -> Child {
        server.withLock { $0 = child }
        return child
    }

    /// Whether a connection of the server is one of these.
    func contains(_ channel: any Channel) -> Bool { channels.withLock { $0.contains(ObjectIdentifier(channel)) } }

    /// Opens a connection and returns the client's end.
    /// - Parameter initialize: adds the client's handlers.
    /// - Throws: an ``IOError`` when the process has no more descriptors.
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
            // As the server has it.
            .channelOption(.allowRemoteHalfClosure, value: true)
            .withConnectedSocket(descriptor) { channel in
                self.remember(channel)
                return server.setup(channel: channel, logger: logger)
            }
        // It ends when the client's end is closed.
        Task { await server.handle(value: value, logger: logger) }
    }

    private func remember(_ channel: any Channel) {
        let id = ObjectIdentifier(channel)
        channels.withLock { _ = $0.insert(id) }
        channel.closeFuture.whenComplete { _ in self.channels.withLock { _ = $0.remove(id) } }
    }

    private static func pair() throws -> (Int32, Int32) {
        var ends: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, streamType, 0, &ends) == 0 else {
            throw IOError(errnoCode: errno, reason: "socketpair")
        }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }

    #if canImport(Glibc)
        private static let streamType = Int32(SOCK_STREAM.rawValue)
    #else
        private static let streamType = SOCK_STREAM
    #endif
}
