import NIOCore
import Webhooks

/// The connections to one host and port by one scheme, and the attempts that wait for a connection. The object must be
/// used on its event loop only.
///
/// ``ConnectionQueue`` makes the decisions; this class establishes the connections and resolves the name of the host.
final class HostConnections {
    private let place: ReceiverPlace
    private let destination: Destination
    private let connections: ReceiverConnections
    private var queue = ConnectionQueue<ReceiverConnection, OutgoingAttempt>()
    /// The addresses of the host that attempts may be sent to, kept for the attempts that wait at present.
    private var found: [SocketAddress]?
    private var isLookingUp = false
    private var isEstablishing = false
    /// The number of connections that are not closed.
    private var open = 0
    private var unserved = UnservedConnections<ReceiverConnection>()
    private var isTimingUnserved = false
    /// Whether the next released connection is closed, because an unserved connection is overdue.
    private var closesNextReleased = false

    init(to place: ReceiverPlace, among connections: ReceiverConnections) {
        self.place = place
        self.connections = connections
        destination = place.destination
    }

    /// Whether there are neither connections nor attempts, so that the object can be discarded.
    var isUnused: Bool { queue.isEmpty && open == 0 && !isLookingUp }

    func start(_ attempt: OutgoingAttempt) {
        attempt.timer = connections.loop.assumeIsolated().scheduleTask(deadline: attempt.deadline) { [self] in
            timeOut(attempt)
        }
        while let connection = queue.connection(for: attempt) {
            // A connection that the receiver has closed stays in the queue until the event loop handles the close.
            if connection.isActive { return begin(attempt, on: connection, isReused: true) }
        }
        establish()
    }

    /// Sends an attempt again, on a new connection.
    func resend(_ attempt: OutgoingAttempt) {
        queue.resend(attempt)
        establish()
    }

    /// Accepts a connection whose attempt has ended.
    func release(_ connection: ReceiverConnection) {
        if connections.isClosed { return connection.close() }
        unserved.remove(connection)
        timeUnserved()
        if closesNextReleased {
            closesNextReleased = false
            if unserved.isOverdue(at: .now()) { return connection.close() }
        }
        if let attempt = queue.released(connection) { begin(attempt, on: connection, isReused: true) }
    }

    /// Removes a connection that was closed.
    func remove(_ connection: ReceiverConnection) {
        queue.remove(connection)
        unserved.remove(connection)
        open -= 1
        connections.closedSocket()
    }

    /// The instant at which the connection that has been idle longest became idle; `nil` if no connection is idle.
    var idleSince: NIODeadline? { queue.idle.first?.idleSince }

    func closeLongestIdle() {
        guard let connection = queue.idle.first else { return }
        queue.remove(connection)
        connection.close()
    }

    /// Closes the idle connections that meet a condition, from the one that has been idle longest, up to the first that
    /// does not.
    func closeIdle(while condition: (ReceiverConnection) -> Bool) {
        for connection in queue.removeIdle(while: condition) { connection.close() }
    }

    private func timeOut(_ attempt: OutgoingAttempt) {
        if let connection = attempt.connection {
            attempt.connection = nil
            connection.abandon()
            return attempt.timeOut(.responseTimeout(within: attempt.timeout))
        }
        queue.remove(attempt)
        attempt.timeOut(
            isLookingUp && queue.establishing == 0
                ? .lookupTimeout(name: place.host, within: attempt.timeout) : .connectTimeout(within: attempt.timeout))
    }

    // MARK: New connections

    /// Establishes as many connections as are needed and allowed.
    private func establish() {
        // A connection that fails at once calls this method again; then the loop of the outer call continues.
        guard !isEstablishing else { return }
        isEstablishing = true
        defer { isEstablishing = false }
        while queue.needsConnection, let addresses = addresses(), let attempt = queue.beginEstablishing() {
            connect(to: addresses, for: attempt)
        }
        if queue.waitingCount == 0 { found = nil }
    }

    /// Returns the addresses to connect to; `nil` while the name is being resolved, and if it cannot be resolved.
    private func addresses() -> [SocketAddress]? {
        if let found { return found }
        switch destination {
        case .address(let address): take([address])
        case .loopback: take(NetworkAddress.loopback)
        case .name(let name): lookUp(name)
        }
        return found
    }

    private func lookUp(_ name: String) {
        guard !isLookingUp else { return }
        isLookingUp = true
        connections.names.addresses(of: name) { [self] addresses in
            isLookingUp = false
            take(addresses)
            establish()
        }
    }

    /// Accepts the addresses of the host. If attempts may be sent to none of them, the waiting attempts fail.
    private func take(_ addresses: [NetworkAddress]) {
        do throws(AttemptFailure) {
            found = try ReceiverAddress.allowed(addresses, of: place.host).map { SocketAddress($0, port: place.port) }
        } catch {
            for attempt in queue.removeAllWaiting() { attempt.end(error) }
        }
    }

    private func connect(to addresses: [SocketAddress], for attempt: OutgoingAttempt) {
        // The deadline is a little later than that of the attempt, so that the attempt reports its own, more specific
        // timeout.
        let deadline = attempt.deadline + .milliseconds(1)
        connections.openSocket()
        connections.connector.connect(to: place, at: addresses, until: deadline).assumeIsolated()
            .whenComplete { [self] result in
                do {
                    try established(result.get())
                } catch {
                    found = nil
                    connections.closedSocket()
                    failedToEstablish(error)
                }
                establish()
            }
    }

    private func failedToEstablish(_ error: any Error) {
        if AttemptFailure.isLackOfFiles(error) {
            _ = queue.failedToEstablish(isTimeout: true)
            return connections.putBack(queue.removeAllWaiting())
        }
        var isTimeout = false
        if case ChannelError.connectTimeout = error { isTimeout = true }
        queue.failedToEstablish(isTimeout: isTimeout)?.fail(error)
    }

    private func established(_ channel: any Channel) throws {
        let connection: ReceiverConnection
        do {
            connection = try ReceiverConnection(channel, of: self, clock: connections.clock)
        } catch {
            channel.close(promise: nil)
            throw error
        }
        open += 1
        if let attempt = queue.established(connection) { begin(attempt, on: connection, isReused: false) }
        timeUnserved()
    }

    private func begin(_ attempt: OutgoingAttempt, on connection: ReceiverConnection, isReused: Bool) {
        if !connection.isServed {
            unserved.insert(connection, at: .now())
            timeUnserved()
        }
        connection.begin(attempt, isReused: isReused)
    }

    // MARK: Receivers that serve one connection at a time

    /// Closes one connection after another, as long as an unserved connection is overdue and there are served ones.
    private func timeUnserved() {
        guard !isTimingUnserved, unserved.count < open, let overdueAt = unserved.overdueAt else { return }
        isTimingUnserved = true
        let next = max(overdueAt, .now() + UnservedConnections<ReceiverConnection>.interval)
        connections.loop.assumeIsolated().scheduleTask(deadline: next) { [self] in
            isTimingUnserved = false
            if unserved.isOverdue(at: .now()) {
                if let connection = queue.removeLastIdle() {
                    connection.close()
                } else {
                    closesNextReleased = true
                }
            }
            timeUnserved()
        }
    }
}
