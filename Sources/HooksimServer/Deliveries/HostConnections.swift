import NIOCore
import NIOPosix
import Webhooks

/// The connections to one host and port, and the attempts that wait for one. Used on its event loop alone.
///
/// ``ConnectionQueue`` decides; this establishes connections, and looks up the host's name where it has one.
final class HostConnections {
    private let place: PlainConnections.Place
    private let destination: Destination
    /// What the host is, where it is an address that deliveries are never sent to.
    private let refusal: String?
    private let connections: PlainConnections
    private var queue = ConnectionQueue<PlainConnection, PlainAttempt>()
    /// The addresses that the name was resolved to, for the attempts that wait by now.
    private var found: [SocketAddress]?
    private var isLookingUp = false
    private var isEstablishing = false
    /// How many connections are not closed.
    private var open = 0
    private var unserved = UnservedConnections<PlainConnection>()
    private var isWatchingUnserved = false
    /// Whether the next connection that is released is closed, since one that is unserved has waited for long.
    private var closesNextReleased = false

    init(to place: PlainConnections.Place, among connections: PlainConnections) {
        self.place = place
        self.connections = connections
        destination = Destination(host: place.host)
        if case .address(let address) = destination { refusal = address.reasonNotToDeliver } else { refusal = nil }
    }

    /// Whether it can be forgotten.
    var isUnused: Bool { queue.isEmpty && open == 0 && !isLookingUp }

    func start(_ attempt: PlainAttempt) {
        attempt.timer = connections.loop.assumeIsolated().scheduleTask(deadline: attempt.deadline) { [self] in
            timeOut(attempt)
        }
        if let refusal { return attempt.end(.forbiddenAddress(refusal)) }
        while let connection = queue.connection(for: attempt) {
            // One that the receiver has closed is removed a turn later.
            if connection.isActive { return begin(attempt, on: connection, isReused: true) }
        }
        establish()
    }

    /// Sends an attempt again, on a new connection.
    func resend(_ attempt: PlainAttempt) {
        queue.resend(attempt)
        establish()
    }

    /// Takes a connection whose attempt has ended.
    func release(_ connection: PlainConnection) {
        if connections.isClosed { return connection.close() }
        unserved.remove(connection)
        watchUnserved()
        if closesNextReleased {
            closesNextReleased = false
            if unserved.isOverdue(at: .now()) { return connection.close() }
        }
        if let attempt = queue.released(connection) { begin(attempt, on: connection, isReused: true) }
    }

    /// Forgets a connection that was closed.
    func remove(_ connection: PlainConnection) {
        queue.remove(connection)
        unserved.remove(connection)
        open -= 1
    }

    /// Closes the idle connections, from the one that has been idle longest, while they meet a condition.
    func closeIdle(while condition: (PlainConnection) -> Bool) {
        for connection in queue.removeIdle(while: condition) { connection.close() }
    }

    private func timeOut(_ attempt: PlainAttempt) {
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

    /// Where to connect to; `nil` as long as the name is looked up.
    private func addresses() -> [SocketAddress]? {
        switch destination {
        case .address(let address): return [SocketAddress(address, port: place.port)]
        case .loopback: return NetworkAddress.loopback.map { SocketAddress($0, port: place.port) }
        case .name(let name):
            if found == nil { lookUp(name) }
            return found
        }
    }

    private func lookUp(_ name: String) {
        guard !isLookingUp else { return }
        isLookingUp = true
        connections.names.addresses(of: name) { [self] addresses in
            isLookingUp = false
            do throws(AttemptFailure) {
                let allowed = try NameResolver.allowed(addresses, of: place.host)
                found = allowed.map { SocketAddress($0, port: place.port) }
                establish()
            } catch {
                for attempt in queue.removeAllWaiting() { attempt.end(error) }
            }
        }
    }

    private func connect(to addresses: [SocketAddress], for attempt: PlainAttempt) {
        // A little later than the attempt's own deadline, which says best what happened.
        let timeout = max(attempt.deadline - .now(), .zero) + .milliseconds(1)
        let bootstrap = ClientBootstrap(group: connections.loop).connectTimeout(timeout).channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture { try PlainConnection.addCodec(to: channel) }
        }
        let connected: EventLoopFuture<any Channel>
        switch destination {
        case .address: connected = bootstrap.connect(to: addresses[0])
        case .loopback: connected = Self.connectToFirst(of: addresses[...], bootstrap)
        case .name:
            connected = bootstrap.resolver(ResolvedAddresses(addresses: addresses, loop: connections.loop))
                .connect(host: place.host, port: place.port)
        }
        connected.assumeIsolated().whenComplete { [self] result in
            do {
                try established(result.get())
            } catch {
                found = nil
                var isTimeout = false
                if case ChannelError.connectTimeout = error { isTimeout = true }
                queue.failedToEstablish(isTimeout: isTimeout)?.fail(error)
            }
            establish()
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

    private func established(_ channel: any Channel) throws {
        let connection: PlainConnection
        do {
            try AttemptFailure.checkAddress(of: channel)
            connection = try PlainConnection(channel, of: self, clock: connections.clock)
        } catch {
            channel.close(promise: nil)
            throw error
        }
        open += 1
        if let attempt = queue.established(connection) { begin(attempt, on: connection, isReused: false) }
        watchUnserved()
    }

    private func begin(_ attempt: PlainAttempt, on connection: PlainConnection, isReused: Bool) {
        if !connection.isServed {
            unserved.insert(connection, at: .now())
            watchUnserved()
        }
        connection.begin(attempt, isReused: isReused)
    }

    // MARK: Receivers that serve one connection at a time

    /// Closes one connection after another, as long as an unserved one has waited for long and there are others.
    private func watchUnserved() {
        guard !isWatchingUnserved, unserved.count < open, let overdueAt = unserved.overdueAt else { return }
        isWatchingUnserved = true
        let next = max(overdueAt, .now() + UnservedConnections<PlainConnection>.interval)
        connections.loop.assumeIsolated().scheduleTask(deadline: next) { [self] in
            isWatchingUnserved = false
            if unserved.isOverdue(at: .now()) {
                if let connection = queue.removeLastIdle() {
                    connection.close()
                } else {
                    closesNextReleased = true
                }
            }
            watchUnserved()
        }
    }
}

extension SocketAddress {
    fileprivate init(_ address: NetworkAddress, port: Int) {
        do {
            try self.init(packedIPAddress: ByteBuffer(bytes: address.bytes), port: port)
        } catch {
            preconditionFailure("an address has 4 or 16 bytes")
        }
    }
}
