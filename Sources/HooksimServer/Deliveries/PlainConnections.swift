import NIOCore
import Webhooks

/// All connections to receivers, by host and port. Used on its event loop alone.
///
/// How many there are is not bounded: the worker bounds what is under way per subscription, and a bound per host would let one endpoint
/// starve another. Only how many are being established at a time is (``ConnectionQueue``).
final class PlainConnections {
    /// Where a connection leads.
    struct Place: Hashable {
        let host: String
        let port: Int
    }

    let loop: any EventLoop
    let clock: SimulatedClock
    let names: NameResolver
    private(set) var isClosed = false
    private let idleTimeout: TimeAmount
    private var hosts: [Place: HostConnections] = [:]
    private var isSweeping = false

    /// - Parameter idleTimeout: how long a connection waits for another attempt.
    init(loop: any EventLoop, clock: SimulatedClock, names: NameResolver, idleTimeout: TimeAmount) {
        self.loop = loop
        self.clock = clock
        self.names = names
        self.idleTimeout = idleTimeout
    }

    func start(_ attempt: PlainAttempt, at endpoint: EndpointURL) {
        let place = Place(host: endpoint.host, port: endpoint.port)
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
