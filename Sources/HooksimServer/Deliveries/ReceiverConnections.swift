import Logging
import NIOCore
import Webhooks

/// All connections to receivers, by scheme, host and port. Used on its event loop alone.
///
/// How many lead to one host is not bounded: the worker bounds what is under way per subscription, and a bound per host would let one
/// endpoint starve another. Only how many are being established at a time is (``ConnectionQueue``), and how many attempts are under way in all
/// (``AttemptLimit``), since each may need a socket. An attempt that the process has no socket for has not begun: it waits, and so does its
/// deadline.
final class ReceiverConnections {
    let connector: ReceiverConnector
    let clock: SimulatedClock
    let names: NameResolver
    private(set) var isClosed = false
    private let idleTimeout: TimeAmount
    private let logger: Logger
    private var attempts: AttemptLimit<OutgoingAttempt>
    /// Whether the next attempts begin a turn later.
    private var isBeginning = false
    /// Whether no attempt begins for a while, since the process could open no more sockets.
    private var isPaused = false
    private var hasWarned = false
    /// How many sockets are open, or about to be opened.
    private var sockets = 0
    private var hosts: [ReceiverPlace: HostConnections] = [:]
    private var isSweeping = false

    /// How long no attempt begins after the process could open no more sockets.
    private static let pause = TimeAmount.milliseconds(100)

    /// - Parameters:
    ///   - idleTimeout: how long a connection waits for another attempt.
    ///   - maxAttempts: how many attempts are under way at a time.
    init(
        connector: ReceiverConnector, clock: SimulatedClock, names: NameResolver, idleTimeout: TimeAmount,
        maxAttempts: Int, logger: Logger
    ) {
        self.connector = connector
        self.clock = clock
        self.names = names
        self.idleTimeout = idleTimeout
        self.logger = logger
        attempts = AttemptLimit(max: maxAttempts)
    }

    var loop: any EventLoop { connector.loop }

    /// Takes an attempt, which begins as soon as there may be a socket for it.
    func start(_ attempt: OutgoingAttempt) {
        attempts.add(attempt)
        beginAttempts()
    }

    /// Takes note that an attempt that had begun has ended.
    func ended() {
        attempts.ended()
        guard attempts.hasWaiting, !isBeginning else { return }
        isBeginning = true
        // A turn later, when the connection that it had is idle.
        loop.assumeIsolated().execute { [self] in
            isBeginning = false
            beginAttempts()
        }
    }

    private func beginAttempts() {
        while !isPaused, let attempt = attempts.next() { begin(attempt) }
    }

    private func begin(_ attempt: OutgoingAttempt) {
        attempt.begin(among: self)
        let place = ReceiverPlace(attempt.endpoint)
        if let host = hosts[place] { return host.start(attempt) }
        let host = HostConnections(to: place, among: self)
        hosts[place] = host
        sweepLater()
        host.start(attempt)
    }

    // MARK: Sockets

    /// Takes note that a socket is about to be opened. As many as there may be are kept open by closing the connection that has been idle
    /// longest.
    func openSocket() {
        sockets += 1
        guard sockets > attempts.max else { return }
        let idle = hosts.values.compactMap { host in host.idleSince.map { (host: host, since: $0) } }
        idle.min { $0.since < $1.since }?.host.closeLongestIdle()
    }

    /// Takes note that a socket was closed, or could not be opened.
    func closedSocket() { sockets -= 1 }

    /// Takes back attempts for which the process could open no socket, whose receivers have nothing to do with it.
    func putBack(_ postponed: [OutgoingAttempt]) {
        for attempt in postponed { attempt.postpone() }
        attempts.putBack(postponed)
        if !hasWarned {
            hasWarned = true
            logger.warning(
                "the process can't open more files; deliveries wait until it can (see ulimit -n)",
                metadata: ["sockets": "\(sockets)"])
        }
        guard !isPaused else { return }
        isPaused = true
        loop.assumeIsolated().scheduleTask(in: Self.pause) { [self] in
            isPaused = false
            beginAttempts()
        }
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
