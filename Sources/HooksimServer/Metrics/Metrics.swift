import Synchronization

/// What happened since the process started: calls by operation and status, attempts by outcome, and how long they took.
///
/// Counts only grow, also over a reset, as whoever scrapes them expects.
final class Metrics: Sendable {
    struct RequestCounts: Sendable {
        var statuses: [Int: Int] = [:]
        var durations = Histogram()
    }

    struct Counts: Sendable {
        /// By operation; calls of no operation have the empty one.
        var requests: [String: RequestCounts] = [:]
        var delivered = 0
        var failed = 0
        var attemptDurations = Histogram()
    }

    private let state = Mutex(Counts())

    var counts: Counts { state.withLock { $0 } }

    /// - Parameter status: `nil` when a fault cut the connection.
    func countRequest(of operation: String, status: Int?, duration: Duration) {
        state.withLock {
            $0.requests[operation, default: RequestCounts()].statuses[status ?? 0, default: 0] += 1
            $0.requests[operation]?.durations.add(microseconds: duration.microseconds)
        }
    }

    func countAttempt(isDelivered: Bool, duration: Duration) {
        state.withLock {
            if isDelivered { $0.delivered += 1 } else { $0.failed += 1 }
            $0.attemptDurations.add(microseconds: duration.microseconds)
        }
    }
}

extension Duration {
    /// Whole microseconds.
    var microseconds: Int { Int(components.seconds) * 1_000_000 + Int(components.attoseconds / 1_000_000_000_000) }
}
