import Synchronization

/// Counters since the start of the process: requests by operation and status, attempts by outcome, and durations.
///
/// Counters only increase, even after a reset, as Prometheus requires.
final class Metrics: Sendable {
    struct RequestCounts: Sendable {
        var statuses: [Int: Int] = [:]
        var durations = Histogram()
    }

    struct Counts: Sendable {
        /// The counters by operation; the key is empty for requests of no operation.
        var requests: [String: RequestCounts] = [:]
        var delivered = 0
        var failed = 0
        var attemptDurations = Histogram()
    }

    private let state = Mutex(Counts())

    var counts: Counts { state.withLock { $0 } }

    /// Counts a request.
    /// - Parameter status: The status of the response; `nil` if a fault closed the connection.
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
    /// The duration in whole microseconds.
    var microseconds: Int { Int(components.seconds) * 1_000_000 + Int(components.attoseconds / 1_000_000_000_000) }
}
