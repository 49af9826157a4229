import NIOCore
import Webhooks

/// The connections to one host and port by one scheme, and the attempts that wait for one. Used on its event loop alone.
///
/// ``ConnectionQueue`` decides; this establishes connections, and looks up the host's name where it has one.
final class HostConnections {
    private let place: ReceiverPlace
    private let destination: Destination
    private let connections: ReceiverConnections
    private var queue = ConnectionQueue<ReceiverConnection, OutgoingAttempt>()
    /// The host's addresses that attempts may be sent to, for the attempts that wait by now.
    private var found: [SocketAddress]?
    private var isLookingUp = false
    private var isEstablishing = false
    /// How many connections are not closed.
    private var open = 0
    private var unserved = UnservedConnections<ReceiverConnection>()
    private var isTimingUnserved = false
    /// Whether the next connection that is released is closed, since one that is unserved has waited for long.
    private var closesNextReleased = false

    init(to place: ReceiverPlace, among connections: ReceiverConnections) {
        self.place = place
        self.connections = connections
        destination = place.destination
    }

    /// Whether it can be forgotten.
    var isUnused: Bool { queue.isEmpty && open == 0 && !isLookingUp }

    func start(_ attempt: OutgoingAttempt) {
        attempt.timer = connections.loop.assumeIsolated().scheduleTask(deadline: attempt.deadline) { [self] in
            timeOut(attempt)
        }
        while let connection = queue.connection(for: attempt) {
            // One that the receiver has closed is removed a turn later.
            if connection.isActive { return begin(attempt, on: connection, isReused: true) }
        }
        establish()
    }

    /// Sends an attempt again, on a new connection.
    func resend(_ attempt: OutgoingAttempt) {
        queue.resend(attempt)
        establish()
    }

    /// Takes a connection whose attempt has ended.
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

    /// Forgets a connection that was closed.
    func remove(_ connection: ReceiverConnection) {
        queue.remove(connection)
        unserved.remove(connection)
        open -= 1
        connections.closedSocket()
    }

    /// Since when the connection is idle that has been idle longest; `nil` when none is.
    var idleSince: NIODeadline? { queue.idle.first?.idleSince }

    func closeLongestIdle() {
        guard let connection = queue.idle.first else { return }
        queue.remove(connection)
        connection.close()
    }

    /// Closes the idle connections, from the one that has been idle longest, while they meet a condition.
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
        // A connection that fails at once comes back here, and the loop below goes on.
        guard !isEstablishing else { return }
        isEstablishing = true
        defer { isEstablishing = false }
        while queue.needsConnection, let addresses = addresses(), let attempt = queue.beginEstablishing() {
            connect(to: addresses, for: attempt)
        }
        if queue.waitingCount == 0 { found = nil }
    }

    /// Where to connect to; `nil` as long as the name is looked up, and when it is nowhere.
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

    /// Takes the host's addresses. With none that attempts may be sent to, those that wait have failed.
    private func take(_ addresses: [NetworkAddress]) {
        do throws(AttemptFailure) {
            found = try ReceiverAddress.allowed(addresses, of: place.host).map { SocketAddress($0, port: place.port) }
        } catch {
            for attempt in queue.removeAllWaiting() { attempt.end(error) }
        }
    }

    private func connect(to addresses: [SocketAddress], for attempt: OutgoingAttempt) {
        // A little later than the attempt's own deadline, which says best what happened.
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

    /// Closes one connection after another, as long as an unserved one has waited for long and there are others.
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
