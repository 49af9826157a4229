import NIOCore

/// The connections of one host and port on which an attempt waits for the first response of all.
///
/// They tell a receiver that serves one connection at a time, as a server with one thread does that keeps its connections: it takes up the
/// next connection only when the one that it serves is closed. As long as that one is kept, whether it is used or idle, the attempts on all
/// others wait, and fail at their deadline. Therefore, while one of these waits for long, connections that were served are closed.
struct UnservedConnections<Connection: AnyObject> {
    /// How long a connection waits before another is closed for its sake.
    static var patience: TimeAmount { .milliseconds(250) }
    /// The time from one such close to the next. A receiver that is merely slow must not cost a new connection for each attempt, of which
    /// there are only some 28,000 a minute to one host and port.
    static var interval: TimeAmount { .milliseconds(10) }

    /// The one that has waited longest first.
    private var waiting: [(connection: Connection, since: NIODeadline)] = []

    var count: Int { waiting.count }

    /// The instant from which others are closed; `nil` when none waits.
    var overdueAt: NIODeadline? { waiting.first.map { $0.since + Self.patience } }

    func isOverdue(at now: NIODeadline) -> Bool { overdueAt.map { $0 <= now } ?? false }

    /// Takes a connection on which the first attempt begins.
    mutating func insert(_ connection: Connection, at now: NIODeadline) { waiting.append((connection, now)) }

    /// Takes out a connection that was served or closed.
    mutating func remove(_ connection: Connection) {
        if let index = waiting.firstIndex(where: { $0.connection === connection }) { waiting.remove(at: index) }
    }
}
