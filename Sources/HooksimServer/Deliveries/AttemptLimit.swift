import NIOCore

/// Lets so many attempts begin at a time as there may be sockets for, and the others in turn.
///
/// It does no I/O: its caller tells it what happened, and begins what it returns.
struct AttemptLimit<Attempt> {
    /// How many attempts are under way at a time.
    let max: Int
    private var underWay = 0
    /// The attempts that have not begun, the one that has waited longest first.
    private var waiting = CircularBuffer<Attempt>()

    var hasWaiting: Bool { !waiting.isEmpty }

    init(max: Int) { self.max = max }

    /// Takes an attempt that is to begin.
    mutating func add(_ attempt: Attempt) { waiting.append(attempt) }

    /// Takes back attempts that could not begin after all, to be the first that do.
    mutating func putBack(_ attempts: [Attempt]) {
        underWay -= attempts.count
        for attempt in attempts.reversed() { waiting.prepend(attempt) }
    }

    /// Returns the attempt that begins now; `nil` when as many are under way as may be, or none waits.
    mutating func next() -> Attempt? {
        guard underWay < max, let attempt = waiting.popFirst() else { return nil }
        underWay += 1
        return attempt
    }

    /// Takes note that an attempt has ended.
    mutating func ended() { underWay -= 1 }
}
