import Logging
import NIOCore
import Webhooks

/// All connections to receivers, by scheme, host and port. The object must be used on its event loop only.
///
/// The number of connections to one host has no limit: the worker limits the attempts under way per subscription, and a
/// limit per host would let one endpoint starve another. Limits exist only for the connections that are being
/// established at a time (``ConnectionQueue``), and for all attempts under way (``AttemptLimit``), since each may need
/// a socket. An attempt for which the process has no socket has not begun: it waits, and its deadline is not set yet.
final class ReceiverConnections {
    let connector: ReceiverConnector
    let clock: SimulatedClock
    let names: NameResolver
    private(set) var isClosed = false
    private let idleTimeout: TimeAmount
    private let logger: Logger
    private var attempts: AttemptLimit<OutgoingAttempt>
    /// Whether a task is scheduled on the event loop that begins the next attempts.
    private var isBeginning = false
    /// Whether no attempt begins at present, because the process could not open another socket.
    private var isPaused = false
    private var hasWarned = false
    /// The number of sockets that are open or being opened.
    private var sockets = 0
    private var hosts: [ReceiverPlace: HostConnections] = [:]
    private var isSweeping = false

    /// The time for which no attempt begins after the process could not open another socket.
    private static let pause = TimeAmount.milliseconds(100)

    /// Creates an empty set of connections.
    /// - Parameters:
    ///   - idleTimeout: The time after which an idle connection is closed.
    ///   - maxAttempts: The maximum number of attempts under way at a time.
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

    /// Adds an attempt, which begins as soon as the limit permits.
    func start(_ attempt: OutgoingAttempt) {
        attempts.add(attempt)
        beginAttempts()
    }

    /// Records that an attempt that had begun has ended.
    func ended() {
        attempts.ended()
        guard attempts.hasWaiting, !isBeginning else { return }
        isBeginning = true
        // The next attempts begin in a later turn of the event loop, when the connection of the ended attempt is idle.
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

    /// Records that a socket is about to be opened. If the limit is exceeded, closes the connection that has been idle
    /// longest.
    func openSocket() {
        sockets += 1
        guard sockets > attempts.max else { return }
        let idle = hosts.values.compactMap { host in host.idleSince.map { (host: host, since: $0) } }
        idle.min { $0.since < $1.since }?.host.closeLongestIdle()
    }

    /// Records that a socket was closed or could not be opened.
    func closedSocket() { sockets -= 1 }

    /// Returns attempts to the queue for which the process could not open a socket, since their receivers did not cause
    /// the error.
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

    /// Schedules the closing of idle connections. One timer serves all, since most connections are used again long
    /// before.
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
