import NIOCore
import Webhooks

/// All connections to receivers, by scheme, host and port. Used on its event loop alone.
///
/// How many there are is not bounded: the worker bounds what is under way per subscription, and a bound per host would let one endpoint
/// starve another. Only how many are being established at a time is (``ConnectionQueue``).
final class ReceiverConnections {
    let connector: ReceiverConnector
    let clock: SimulatedClock
    let names: NameResolver
    private(set) var isClosed = false
    private let idleTimeout: TimeAmount
    private var hosts: [ReceiverPlace: HostConnections] = [:]
    private var isSweeping = false

    /// - Parameter idleTimeout: how long a connection waits for another attempt.
    init(connector: ReceiverConnector, clock: SimulatedClock, names: NameResolver, idleTimeout: TimeAmount) {
        self.connector = connector
        self.clock = clock
        self.names = names
        self.idleTimeout = idleTimeout
    }

    var loop: any EventLoop { connector.loop }

    func start(_ attempt: OutgoingAttempt) {
        let place = ReceiverPlace(attempt.endpoint)
        if let host = hosts[place] { return host.start(attempt) }
        let host = HostConnections(to: place, among: self)
        hosts[place] = host
        sweepLater()
        host.start(attempt)
    }

    func close() {
        isClosed = true
        for host in hosts.values { host.closeIdle { _ in true } }
    }

    /// One timer for all, since most connections are used again long before.
    private func sweepLater() {
        guard !isSweeping else { return }
        isSweeping = true
        loop.assumeIsolated().scheduleTask(in: idleTimeout) { [self] in
            isSweeping = false
            sweep()
        }
    }

    private func sweep() {
        let limit = NIODeadline.now() - idleTimeout
        for (place, host) in hosts {
            host.closeIdle { $0.idleSince <= limit }
            if host.isUnused { hosts[place] = nil }
        }
        if !hosts.isEmpty { sweepLater() }
    }
}
