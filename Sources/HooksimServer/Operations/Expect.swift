import ServiceLifecycle
import StrictJSON
import Webhooks

/// The operation that waits until the expected number of events or log entries matches.
struct Expect: Sendable {
    let store: Store
    let partners: PartnerRegistry
    let requests: RequestLog
    /// The signal that is notified after each change of the store or the request log.
    let changes: ChangeSignal

    /// The maximum number of closest rows that a failed expectation reports.
    private static let closestRows = 5
    /// The number of newest rows among which the closest ones are searched.
    private static let rowsCompared = 1000
    /// The pause between two counts, since under load there are thousands of changes per second.
    private static let pause = Duration.milliseconds(2)

    struct Result: Sendable {
        let isMet: Bool
        let count: Int
        /// The newest rows with the largest number of wanted values, best first, as a JSON array; empty if the
        /// expectation is met.
        let closest: [UInt8]
    }

    /// Waits until the expectation is met, its timeout has passed, its task is cancelled, or the server begins to shut
    /// down.
    func run(_ expectation: Expectation, _ condition: Condition) async throws -> Result {
        let deadline = ContinuousClock.now + .milliseconds(expectation.timeout)
        while true {
            let version = changes.version
            let count = try await count(expectation, condition)
            if expectation.bound.holds(for: count) { return Result(isMet: true, count: count, closest: []) }
            let left = deadline - .now
            guard left > .zero, !Task.isCancelled, !Task.isShuttingDownGracefully else {
                return Result(isMet: false, count: count, closest: try await closest(to: expectation, condition))
            }
            // An expectation must not delay a graceful shutdown.
            await cancelWhenGracefulShutdown { await changes.wait(after: version, for: left) }
            try? await Task.sleep(for: Self.pause)
        }
    }

    private func count(_ expectation: Expectation, _ condition: Condition) async throws -> Int {
        switch expectation.rows {
        case .requests: return requests.entries { $0.matches(expectation.wanted) }.count
        case .events: return try await store.read { try EventTable.count(condition, $0) }
        case .attempts: return try await store.read { try AttemptTable.count(condition, $0) }
        }
    }

    /// Returns the newest rows with the largest number of wanted values, best first, as a JSON array.
    private func closest(to expectation: Expectation, _ condition: Condition) async throws -> [UInt8] {
        let (count, limit) = (Self.rowsCompared, Self.closestRows)
        switch expectation.rows {
        case .requests: return JSON.array(closestRequests(to: expectation)).encoded
        case .events:
            return try await store.read { try EventTable.closest(to: condition, amongNewest: count, limit: limit, $0) }
        case .attempts:
            return try await store.read { [clientIDs = partners.clientIDs] in
                try AttemptTable.closest(
                    to: condition, amongNewest: count, limit: limit, clientIDs: clientIDs, $0)
            }
        }
    }

    private func closestRequests(to expectation: Expectation) -> [JSON] {
        let rows = requests.entries { _ in true }.suffix(Self.rowsCompared).reversed().map { JSON.object($0.json) }
        let scored = rows.map { row in (row: row, score: expectation.wanted.count { row[$0.name] == $0.value }) }
        // The sort is stable, so the newest of several equal rows comes first.
        return scored.sorted { $0.score > $1.score }.prefix(Self.closestRows).map(\.row)
    }
}
