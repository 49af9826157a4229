import SQLite
import Webhooks

/// The order of the attempts that ended at one instant of a frozen clock.
///
/// The actual order depends on the load of the machine, but the attempt log must be the same for the same seed.
/// Therefore the attempts of one instant are ordered by ticket, attempt and copy: a late attempt is inserted before
/// others, whose numbers are increased. The attempts of one batch are inserted together, so that each other attempt is
/// renumbered once for all of them.
struct AttemptOrder {
    /// The place of an attempt among those of its instant.
    struct Place: Hashable, Comparable {
        let endedAt: Timestamp
        let ticket: Int
        let attempt: Int
        let copy: Int

        static func < (a: Place, b: Place) -> Bool {
            (a.endedAt, a.ticket, a.attempt, a.copy) < (b.endedAt, b.ticket, b.attempt, b.copy)
        }
    }

    /// The numbers of attempts for which room was made, until they are inserted.
    private var numbers: [Place: Int] = [:]

    /// Makes room for the attempts of a batch, if all of them ended at one instant of a frozen clock, which is the usual
    /// case. Otherwise, ``number(of:copy:_:)`` makes room for each.
    ///
    /// - Throws: a ``SQLiteError``.
    static func makeRoom(for attempts: [FinishedAttempt], _ session: StoreSession) throws {
        session.attemptOrder.numbers = [:]
        guard let instant = attempts.first?.endedAt,
            attempts.allSatisfy({ $0.isFrozen && $0.endedAt == instant })
        else { return }
        let places = attempts.flatMap { attempt in attempt.responses.indices.map { Place(attempt, copy: $0) } }
        try makeRoom(for: places.sorted(), at: instant, session)
    }

    /// Returns the number of an attempt that is about to be inserted; `nil` if it becomes the last one.
    ///
    /// - Throws: a ``SQLiteError``.
    static func number(of attempt: FinishedAttempt, copy: Int, _ session: StoreSession) throws -> Int? {
        guard attempt.isFrozen else { return nil }
        let place = Place(attempt, copy: copy)
        if session.attemptOrder.numbers[place] == nil { try makeRoom(for: [place], at: place.endedAt, session) }
        return session.attemptOrder.numbers.removeValue(forKey: place)
    }

    /// Makes room for attempts that ended at one instant, in ascending order.
    private static func makeRoom(for places: [Place], at instant: Timestamp, _ session: StoreSession) throws {
        let last = try AttemptTable.last(session)
        // The number of the first attempt behind each place.
        var followers = [Int](repeating: last + 1, count: places.count)
        var left = places.count
        var follower = last + 1
        let rows = try session.prepare(
            "SELECT seq, at + duration_ms, ticket, attempt, copy FROM attempts ORDER BY seq DESC")
        while left > 0, try rows.step() {
            let found = Place(
                endedAt: try rows.timestamp(1), ticket: try rows.integer(2), attempt: try rows.integer(3),
                copy: try rows.integer(4))
            guard found.endedAt == instant else { break }
            while left > 0, found < places[left - 1] {
                left -= 1
                followers[left] = follower
            }
            follower = try rows.integer(0)
        }
        rows.reset()
        for index in 0..<left { followers[index] = follower }
        try shift(from: followers, last: last, session)
        for (index, place) in places.enumerated() { session.attemptOrder.numbers[place] = followers[index] + index }
    }

    /// Increases the number of each attempt by the number of places before it.
    private static func shift(from followers: [Int], last: Int, _ session: StoreSession) throws {
        guard let first = followers.first, first <= last else { return }
        for (index, start) in followers.enumerated() {
            let end = index + 1 < followers.count ? followers[index + 1] - 1 : last
            guard start <= end else { continue }
            // The numbers are negative in between, since a number must be unique at any moment.
            try session.run("UPDATE attempts SET seq = -seq - ? WHERE seq BETWEEN ? AND ?", index + 1, start, end)
        }
        try session.run("UPDATE attempts SET seq = -seq WHERE seq < 0")
        for start in followers.reversed() where start <= last { session.noteShift(ofAttemptsFrom: start) }
    }
}

extension AttemptOrder.Place {
    fileprivate init(_ attempt: FinishedAttempt, copy: Int) {
        self.init(
            endedAt: attempt.endedAt, ticket: attempt.delivery.ticket, attempt: attempt.delivery.attempt, copy: copy)
    }
}
