import Synchronization

/// The numbers of delivered and failed attempts in each of the last seconds of real time.
final class DeliveryRates: Sendable {
    struct Second: Sendable, Equatable {
        var delivered = 0
        var failed = 0
    }

    static let seconds = 60

    fileprivate struct State {
        var ring = [Second](repeating: Second(), count: DeliveryRates.seconds)
        /// The second up to which the counts are current, relative to ``start``.
        var latest = 0
    }

    private let start = ContinuousClock.now
    private let state = Mutex(State())

    func count(isDelivered: Bool) {
        let now = second
        state.withLock { state in
            state.move(to: now)
            if isDelivered {
                state.ring[now % Self.seconds].delivered += 1
            } else {
                state.ring[now % Self.seconds].failed += 1
            }
        }
    }

    /// Resets all counts.
    func clear() { state.withLock { $0 = State(latest: second) } }

    /// The counts, oldest first; the last is that of the present second.
    var recent: [Second] {
        let now = second
        return state.withLock { state in
            state.move(to: now)
            return (1...Self.seconds).map { state.ring[(now + $0) % Self.seconds] }
        }
    }

    private var second: Int { Int((ContinuousClock.now - start).components.seconds) }
}

extension DeliveryRates.State {
    /// Clears the counts of the seconds that have passed since the latest one.
    fileprivate mutating func move(to now: Int) {
        guard now > latest else { return }
        for second in max(latest + 1, now - DeliveryRates.seconds + 1)...now {
            ring[second % DeliveryRates.seconds] = .init()
        }
        latest = now
    }
}
