import ServiceLifecycle
import StrictJSON
import Webhooks

/// The operation that waits until the expected number of events or log entries matches.
///
/// The rows are counted once. After that, each change of the store or of the request log changes the count, so that it
/// is as cheap to wait for one among many rows as for one among few.
struct Expect: Sendable {
    let store: Store
    let partners: PartnerRegistry
    let requests: RequestLog
    /// The turns in which rows are read, so that no other use of the store waits for more than one read, however many
    /// expectations begin at once.
    private let turns = TurnQueue()

    /// The maximum number of closest rows that a failed expectation reports.
    private static let closestRows = 5
    /// The number of newest rows among which the closest ones are searched.
    private static let rowsCompared = 1000

    struct Result: Sendable {
        let isMet: Bool
        let count: Int
        /// The newest rows with the largest number of wanted values, best first, as a JSON array; empty if the
        /// expectation is met.
        let closest: [UInt8]
    }

    init(store: Store, partners: PartnerRegistry, requests: RequestLog) {
        self.store = store
        self.partners = partners
        self.requests = requests
    }

    /// Waits until the expectation is met, its timeout has passed, its task is cancelled, or the server begins to shut
    /// down.
    func run(_ expectation: Expectation, _ condition: Condition) async throws -> Result {
        let isExpected: @Sendable (Int) -> Bool = { [bound = expectation.bound] in bound.holds(for: $0) }
        let deadline = ContinuousClock.now + .milliseconds(expectation.timeout)
        let result: MatchCount.Result
        switch expectation.rows {
        case .requests:
            let waiting = requests.count(where: expectation.wantedValues, isExpected: isExpected)
            defer { requests.remove(waiting) }
            result = try await wait(for: waiting.count, until: deadline) {}
        case .events, .attempts:
            let waiting = store.add(
                condition, of: expectation.rows == .events ? .events : .attempts, isExpected: isExpected)
            defer { store.remove(waiting) }
            result = try await wait(for: waiting.count, until: deadline) { try await count(waiting) }
        }
        switch result {
        case .met(let count): return Result(isMet: true, count: count, closest: [])
        case .incomplete(let count), .counted(let count):
            // A client that has departed receives no response.
            let isAbandoned = Task.isCancelled && !Task.isShuttingDownGracefully
            let closest = try await isAbandoned ? JSON.array([]).encoded : closest(to: expectation, condition)
            return Result(isMet: false, count: count, closest: closest)
        }
    }

    /// Returns the count once it is as expected, or as it is at the end of the wait.
    ///
    /// - Parameter read: A closure that reads rows which are not counted yet.
    private func wait(
        for count: MatchCount, until deadline: ContinuousClock.Instant, _ read: () async throws -> Void
    ) async throws -> MatchCount.Result {
        while true {
            let version = count.changes.version
            let result = count.result
            let isOver = Task.isCancelled || Task.isShuttingDownGracefully
            switch result {
            case .met: return result
            case .incomplete:
                if isOver { return result }
                try await read()
            case .counted:
                let left = deadline - .now
                guard left > .zero, !isOver else { return result }
                // An expectation must not delay a graceful shutdown.
                await cancelWhenGracefulShutdown { await count.changes.wait(after: version, for: left) }
            }
        }
    }

    /// Counts the next rows for an expectation.
    private func count(_ waiting: WaitingCount) async throws {
        guard waiting.readsAllRows else {
            _ = try await store.countNext(waiting)
            return
        }
        do {
            _ = try await turns.withTurn { try await store.countNext(waiting) }
        } catch is CancellationError {
            // The wait ends, since its task is cancelled.
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
