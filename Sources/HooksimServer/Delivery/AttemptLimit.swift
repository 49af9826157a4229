import NIOCore

/// Limits the attempts under way to the number of sockets that the process may open; further attempts wait in a queue.
///
/// The type does no I/O: its caller reports events to it, and begins the attempts that it returns.
struct AttemptLimit<Attempt> {
    /// The maximum number of attempts under way at a time.
    let max: Int
    private var underWay = 0
    /// The attempts that have not begun, in the order in which they were added.
    private var waiting = CircularBuffer<Attempt>()

    var hasWaiting: Bool { !waiting.isEmpty }

    init(max: Int) { self.max = max }

    /// Adds an attempt to the end of the queue.
    mutating func add(_ attempt: Attempt) { waiting.append(attempt) }

    /// Returns attempts that could not begin to the front of the queue.
    mutating func putBack(_ attempts: [Attempt]) {
        underWay -= attempts.count
        for attempt in attempts.reversed() { waiting.prepend(attempt) }
    }

    /// Returns the next attempt to begin, or `nil` if the limit has been reached or no attempt waits.
    mutating func next() -> Attempt? {
        guard underWay < max, let attempt = waiting.popFirst() else { return nil }
        underWay += 1
        return attempt
    }

    /// Records that an attempt has ended.
    mutating func ended() { underWay -= 1 }
}
