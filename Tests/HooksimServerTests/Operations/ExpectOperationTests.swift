import StrictJSON
import Testing
import Webhooks

@testable import HooksimServer

@Suite struct ExpectOperationTests {
    private static func withExpect(_ body: (Expect, Store, RequestLog) async throws -> Void) async throws {
        let store = try Store(path: ":memory:")
        let requests = RequestLog(
            settings: SettingsState(Settings()), boundaries: CaptureBoundaries(), feed: LiveFeed())
        let expect = Expect(store: store, partners: try PartnerRegistry(store: store), requests: requests)
        try await body(expect, store, requests)
        try await store.close()
    }

    private static func expectation(_ rows: String, _ bound: String = "at_least", _ count: Int = 1) throws
        -> HooksimServer.Expectation
    {
        var fields = ControlFields(
            JSONObject([("of", .string(rows)), (bound, .number(count)), ("timeout", "10m")]))
        let expectation = HooksimServer.Expectation(&fields)
        return try #require(expectation)
    }

    /// Returns once the store has a number of waiting counts.
    private static func waitUntil(_ count: Int, of table: WaitingCount.Table, _ store: Store) async throws {
        while try await store.read({ $0.waitingCounts.all(of: table).count }) != count { await Task.yield() }
    }

    @Test(.timeLimit(.minutes(3)), arguments: [("events", WaitingCount.Table.events), ("attempts", .attempts)])
    func `an expectation that is cancelled ends at once, and nothing is noted for it any more`(
        rows: String, table: WaitingCount.Table
    ) async throws {
        try await Self.withExpect { expect, store, _ in
            let expectation = try Self.expectation(rows)
            let tasks = (0..<20).map { _ in Task { try await expect.run(expectation, Condition()) } }
            try await Self.waitUntil(20, of: table, store)
            for task in tasks { task.cancel() }
            for task in tasks { #expect(try await !task.value.isMet) }
            try await Self.waitUntil(0, of: table, store)
        }
    }

    @Test(.timeLimit(.minutes(3))) func `a removal of a partner is seen by an expectation that names no client`()
        async throws
    {
        try await Self.withExpect { expect, store, _ in
            let partner = try await WaitingCountTests.fill(store, count: 3)
            let expectation = try Self.expectation("events", "at_most", 0)
            let condition = try WaitingCountTests.condition(["entity_id": "e1"], store)
            let task = Task { try await expect.run(expectation, condition) }
            try await Self.waitUntil(1, of: .events, store)
            try await store.write { try PartnerTable.remove(row: partner.row, $0) }
            #expect(try await task.value.count == 0)
        }
    }

    @Test func `a count of requests follows the log, also when its oldest entries are removed`() async throws {
        let boundaries = CaptureBoundaries()
        var settings = Settings()
        settings.retentionRequests = 3
        let log = RequestLog(settings: SettingsState(settings), boundaries: boundaries, feed: LiveFeed())
        let append = { (path: String, isInner: Bool) in
            let stamp = boundaries.begin()
            defer { boundaries.end(stamp) }
            let now = Timestamp(milliseconds: 0)
            var request = CapturedRequest(
                operation: nil, method: "GET", path: path, query: "", begin: now, end: now, stamp: stamp)
            request.isInner = isInner
            log.append(request)
        }
        append("/a", false)
        let conditions: [[String: FieldValue]] = [[:], ["path": .text("/a")], ["status": .null, "path": .text("/b")]]
        let waiting = conditions.map { log.count(where: $0) { _ in false } }
        let four = log.count(where: [:]) { $0 == 4 }
        let check = { (place: String) in
            for one in waiting {
                let count = log.entries { $0.matches(one.wanted) }.count
                #expect(one.count.progress == .complete(count), "\(place): \(one.wanted)")
            }
        }
        check("at first")
        for (index, path) in ["/b", "/a", "/a", "/b", "/c", "/a"].enumerated() {
            append(path, index % 2 == 0)
            check("after \(index)")
        }
        log.clearInner()
        check("after the inner ones")
        append("/a", false)
        log.clear()
        check("after all")
        append("/a", false)
        check("at the end")
        // The log has no more than three entries, not even for a moment.
        guard case .counted(1) = four.count.result else {
            Issue.record("\(four.count.result)")
            return
        }
    }
}
