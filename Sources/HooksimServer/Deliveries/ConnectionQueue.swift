import NIOCore

/// Decides which attempt gets which connection to one host and port, and when another connection is to be established.
///
/// It does no I/O: its caller tells it what happened, and does what it returns.
struct ConnectionQueue<Connection: AnyObject, Attempt: AnyObject> {
    /// How many connections are being established at a time: a receiver's backlog, often of 5, overflows with many more, and each of those
    /// would wait a second for the next try.
    static var maxEstablishing: Int { 8 }

    /// The connections that no attempt uses, the one that became idle last at the end.
    private(set) var idle: [Connection] = []
    /// How many connections are being established.
    private(set) var establishing = 0
    /// The attempts whose connection was closed before a response, which take none but a new one.
    private var resent = CircularBuffer<Attempt>()
    /// All other attempts that have no connection yet, the one that has waited longest first.
    private var waiting = CircularBuffer<Attempt>()

    var waitingCount: Int { resent.count + waiting.count }

    /// Whether another connection is to be established.
    var needsConnection: Bool { establishing < min(Self.maxEstablishing, waitingCount) }

    /// Whether it can be forgotten.
    var isEmpty: Bool { idle.isEmpty && establishing == 0 && waitingCount == 0 }

    /// Returns an idle connection for an attempt; with none, the attempt waits.
    mutating func connection(for attempt: Attempt) -> Connection? {
        if let connection = idle.popLast() { return connection }
        waiting.append(attempt)
        return nil
    }

    /// Takes an attempt that is to be sent again, on a new connection.
    mutating func resend(_ attempt: Attempt) { resent.append(attempt) }

    /// Returns the attempt that another connection is to be established for, or `nil` when enough are on their way.
    ///
    /// The connection goes to whichever attempt has waited longest by then.
    mutating func beginEstablishing() -> Attempt? {
        guard needsConnection else { return nil }
        defer { establishing += 1 }
        return establishing < resent.count
            ? resent[offset: establishing] : waiting[offset: establishing - resent.count]
    }

    /// Takes a connection that was established. Returns the attempt that gets it; with none, the connection is idle.
    mutating func established(_ connection: Connection) -> Attempt? {
        establishing -= 1
        if let attempt = popWaiting() { return attempt }
        idle.append(connection)
        return nil
    }

    /// Takes note that a connection could not be established. Returns the attempt that fails by it.
    /// - Parameter isTimeout: whether time ran out, which is the matter of each attempt's own deadline.
    mutating func failedToEstablish(isTimeout: Bool) -> Attempt? {
        establishing -= 1
        return isTimeout ? nil : popWaiting()
    }

    /// Takes a connection whose attempt has ended. Returns the attempt that gets it; with none, the connection is idle.
    mutating func released(_ connection: Connection) -> Attempt? {
        if let attempt = waiting.popFirst() { return attempt }
        idle.append(connection)
        return nil
    }

    /// Forgets a connection that was closed.
    mutating func remove(_ connection: Connection) { idle.removeAll { $0 === connection } }

    /// Forgets an attempt that waits no longer.
    mutating func remove(_ attempt: Attempt) {
        if let index = waiting.firstIndex(where: { $0 === attempt }) {
            waiting.remove(at: index)
        } else if let index = resent.firstIndex(where: { $0 === attempt }) {
            resent.remove(at: index)
        }
    }

    /// Removes and returns all attempts that wait.
    mutating func removeAllWaiting() -> [Attempt] {
        defer {
            resent = []
            waiting = []
        }
        return Array(resent) + waiting
    }

    /// Removes and returns the idle connections, from the one that has been idle longest, while they meet a condition.
    mutating func removeIdle(while condition: (Connection) -> Bool) -> [Connection] {
        let removed = idle.prefix(while: condition)
        idle.removeFirst(removed.count)
        return Array(removed)
    }

    /// Removes and returns the connection that became idle last.
    mutating func removeLastIdle() -> Connection? { idle.popLast() }

    private mutating func popWaiting() -> Attempt? { resent.popFirst() ?? waiting.popFirst() }
}
