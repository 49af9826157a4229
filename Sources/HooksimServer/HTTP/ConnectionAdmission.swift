import Logging
import NIOCore
import Synchronization

/// The limit of the connections that clients may have open at a time.
///
/// Beyond the limit, a new connection is admitted in place of the one that has been idle longest, which is closed (RFC
/// 9112, 9.3). If no connection is idle, the new one is refused: requests on it are rejected with status 503, except for
/// the health check. The number of refused connections is limited as well; the oldest one is closed for the next.
final class ConnectionAdmission: Sendable {
    private struct State {
        var admitted: [ObjectIdentifier: ClientConnection] = [:]
        /// The refused connections, in the order in which they were opened.
        var refused: [any Channel] = []
        /// The instant before which no further warning is logged.
        var quietUntil = NIODeadline.uptimeNanoseconds(0)
    }

    /// The time after which an idle connection may be closed for another one.
    ///
    /// A client that has just connected, or has just received a response, is likely to send a request at once.
    static let leastIdle = TimeAmount.seconds(1)
    private static let warningInterval = TimeAmount.minutes(1)

    private let limit: Int
    private let maxRefused: Int
    private let leastIdle: TimeAmount
    /// The connections that are not limited, since the simulator itself opens them.
    private let inner: InnerConnections
    private let logger: Logger
    private let state = Mutex(State())
    /// The number of refused connections, which each request reads without the lock.
    private let refusedCount = Atomic(0)

    /// Creates the limit, which depends on the number of files that the process may open at present.
    /// - Parameter inner: The connections that are not limited.
    init(_ limits: ServerLimits, inner: InnerConnections, logger: Logger) {
        limit = limits.connections ?? OpenFiles.forClients
        maxRefused = OpenFiles.forRefusedClients
        leastIdle = limits.leastIdle
        self.inner = inner
        self.logger = logger
    }

    /// Admits or refuses a new connection. Must be called on the event loop of the channel.
    /// - Throws: An error if the handler that follows the activity of the connection can't be added.
    func add(_ channel: any Channel) throws {
        guard !inner.contains(channel) else { return }
        let connection = ClientConnection(channel)
        try channel.pipeline.syncOperations.addHandler(connection.handler())
        let id = ObjectIdentifier(channel)
        let (dropped, mustWarn) = state.withLock { state -> ((any Channel)?, Bool) in
            if state.admitted.count < limit {
                state.admitted[id] = connection
                return (nil, false)
            }
            if let idle = longestIdle(in: state.admitted.values) {
                state.admitted[id] = connection
                idle.closeIfIdle()
                return (nil, false)
            }
            state.refused.append(channel)
            let dropped = state.refused.count > maxRefused ? state.refused.removeFirst() : nil
            refusedCount.store(state.refused.count, ordering: .relaxed)
            defer { state.quietUntil = max(state.quietUntil, .now() + Self.warningInterval) }
            return (dropped, state.quietUntil <= .now())
        }
        channel.closeFuture.whenComplete { _ in self.remove(id) }
        dropped?.close(promise: nil)
        if mustWarn {
            logger.warning(
                "no more connections can be served; requests on further ones are rejected with status 503 (see ulimit -n)",
                metadata: ["connections": "\(limit)"])
        }
    }

    /// Returns whether the requests on a connection are to be rejected.
    func refuses(_ channel: any Channel) -> Bool {
        refusedCount.load(ordering: .relaxed) > 0
            && state.withLock { state in state.refused.contains { $0 === channel } }
    }

    /// Returns the connection that has been idle longest; `nil` if none has been idle for long enough.
    private func longestIdle(in connections: some Collection<ClientConnection>) -> ClientConnection? {
        let latest = NIODeadline.now() - leastIdle
        let idle = connections.compactMap { connection in connection.idleSince.map { (connection, since: $0) } }
        return idle.min { $0.since < $1.since }.flatMap { $0.since <= latest ? $0.0 : nil }
    }

    private func remove(_ id: ObjectIdentifier) {
        state.withLock { state in
            state.admitted[id] = nil
            state.refused.removeAll { ObjectIdentifier($0) == id }
            refusedCount.store(state.refused.count, ordering: .relaxed)
        }
    }
}
