import NIOCore

/// Assigns connections to the attempts for one host and port, and decides when another connection is to be established.
///
/// The type does no I/O: its caller reports events to it, and acts on what it returns.
struct ConnectionQueue<Connection: AnyObject, Attempt: AnyObject> {
    /// The maximum number of connections that are being established at a time. Many more would overflow the backlog of
    /// a receiver, which often holds 5 connections, and each connection that did not fit would be retried only after a
    /// second.
    static var maxEstablishing: Int { 8 }

    /// The connections without an attempt, in the order in which they became idle.
    private(set) var idle: [Connection] = []
    /// The number of connections that are being established.
    private(set) var establishing = 0
    /// The attempts whose connection was closed before a response; they are sent on new connections only.
    private var resent = CircularBuffer<Attempt>()
    /// All other attempts that have no connection yet, in the order in which they were added.
    private var waiting = CircularBuffer<Attempt>()

    var waitingCount: Int { resent.count + waiting.count }

    /// Whether another connection is to be established.
    var needsConnection: Bool { establishing < min(Self.maxEstablishing, waitingCount) }

    /// Whether the queue has neither connections nor attempts, so that it can be discarded.
    var isEmpty: Bool { idle.isEmpty && establishing == 0 && waitingCount == 0 }

    /// Returns an idle connection for an attempt; if there is none, adds the attempt to the waiting attempts and
    /// returns `nil`.
    mutating func connection(for attempt: Attempt) -> Connection? {
        if let connection = idle.popLast() { return connection }
        waiting.append(attempt)
        return nil
    }

    /// Adds an attempt that is to be sent again, on a new connection.
    mutating func resend(_ attempt: Attempt) { resent.append(attempt) }

    /// Returns the attempt for which another connection is to be established, or `nil` if no more connections are
    /// needed.
    ///
    /// Once established, the connection is assigned to the attempt that has waited longest by then.
    mutating func beginEstablishing() -> Attempt? {
        guard needsConnection else { return nil }
        defer { establishing += 1 }
        return establishing < resent.count
            ? resent[offset: establishing] : waiting[offset: establishing - resent.count]
    }

    /// Accepts a connection that has been established. Returns the attempt that it is assigned to, or `nil` if it is
    /// now idle.
    mutating func established(_ connection: Connection) -> Attempt? {
        establishing -= 1
        if let attempt = popWaiting() { return attempt }
        idle.append(connection)
        return nil
    }

    /// Records that a connection could not be established. Returns the attempt that fails because of it, if any.
    /// - Parameter isTimeout: Whether the time to connect ran out; then no attempt fails here, since each has a
    ///   deadline of its own.
    mutating func failedToEstablish(isTimeout: Bool) -> Attempt? {
        establishing -= 1
        return isTimeout ? nil : popWaiting()
    }

    /// Accepts a connection whose attempt has ended. Returns the attempt that it is assigned to, or `nil` if it is now
    /// idle.
    mutating func released(_ connection: Connection) -> Attempt? {
        if let attempt = waiting.popFirst() { return attempt }
        idle.append(connection)
        return nil
    }

    /// Removes a connection that was closed.
    mutating func remove(_ connection: Connection) { idle.removeAll { $0 === connection } }

    /// Removes an attempt that no longer waits.
    mutating func remove(_ attempt: Attempt) {
        if let index = waiting.firstIndex(where: { $0 === attempt }) {
            waiting.remove(at: index)
        } else if let index = resent.firstIndex(where: { $0 === attempt }) {
            resent.remove(at: index)
        }
    }

    /// Removes and returns all waiting attempts.
    mutating func removeAllWaiting() -> [Attempt] {
        defer {
            resent = []
            waiting = []
        }
        return Array(resent) + waiting
    }

    /// Removes and returns the idle connections that meet a condition, from the one that has been idle longest, up to
    /// the first that does not.
    mutating func removeIdle(while condition: (Connection) -> Bool) -> [Connection] {
        let removed = idle.prefix(while: condition)
        idle.removeFirst(removed.count)
        return Array(removed)
    }

    /// Removes and returns the connection that became idle last.
    mutating func removeLastIdle() -> Connection? { idle.popLast() }

    private mutating func popWaiting() -> Attempt? { resent.popFirst() ?? waiting.popFirst() }
}
