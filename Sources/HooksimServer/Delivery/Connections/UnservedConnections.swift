import NIOCore

/// The connections to one host and port on which an attempt waits for the first response.
///
/// They reveal a receiver that serves one connection at a time, for example a single-threaded server with persistent
/// connections: it accepts the next connection only after the one that it serves has been closed. While that connection
/// is open, in use or idle, the attempts on all others wait, and fail at their deadline. Therefore connections that
/// were served are closed while an unserved connection is overdue.
struct UnservedConnections<Connection: AnyObject> {
    /// The time that a connection waits for its first response before served connections are closed.
    static var patience: TimeAmount { .milliseconds(250) }
    /// The time from one such close to the next. A receiver that is merely slow must not cause a new connection for
    /// each attempt, of which only some 28,000 a minute are possible to one host and port.
    static var interval: TimeAmount { .milliseconds(10) }

    /// The waiting connections, from the one that has waited longest.
    private var waiting: [(connection: Connection, since: NIODeadline)] = []

    var count: Int { waiting.count }

    /// The instant from which served connections are closed; `nil` if no connection waits.
    var overdueAt: NIODeadline? { waiting.first.map { $0.since + Self.patience } }

    func isOverdue(at now: NIODeadline) -> Bool { overdueAt.map { $0 <= now } ?? false }

    /// Adds a connection on which the first attempt begins.
    mutating func insert(_ connection: Connection, at now: NIODeadline) { waiting.append((connection, now)) }

    /// Removes a connection that was served or closed.
    mutating func remove(_ connection: Connection) {
        if let index = waiting.firstIndex(where: { $0.connection === connection }) { waiting.remove(at: index) }
    }
}
