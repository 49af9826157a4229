import Logging
import SQLite
import StrictJSON
import Testing
import Webhooks

@testable import HooksimServer

@Suite struct RetentionTests {
    /// Returns a store with events 1 to `count`, each with one attempt of the same number. The events in `pending` have
    /// not been sent yet.
    private func store(count: Int, pending: Set<Int>) async throws -> Store {
        let store = try Store(path: ":memory:")
        try await store.write { connection in
            let partner = try StoredRows.insertPartner(connection)
            for number in 1...count {
                let now = Timestamp(milliseconds: Int64(number))
                let event = EventTable.NewEvent(
                    id: Identifier(high: 1, low: UInt64(number)), topic: .invoicePaid, entityID: "1", payload: [],
                    createdAt: now, dueAt: now, ticket: number)
                try StoredRows.insert(event, of: partner, subscription: 1, connection)
                if !pending.contains(number) {
                    try connection.run(
                        "UPDATE events SET due_at = NULL, status = ? WHERE event = ?", EventStatus.delivered.number,
                        number)
                    connection.countChanges.move(
                        1, partner: partner.row, topic: Topic.invoicePaid.number, from: .pending, to: .delivered)
                }
                try connection.run(
                    """
                    INSERT INTO attempts (event, partner, ticket, attempt, copy, at, duration_ms, outcome, endpoint_url)
                    VALUES (?1, 1, ?1, 1, 0, 0, 0, 1, 'http://127.0.0.1/')
                    """, number)
            }
        }
        return store
    }

    private func numbers(_ column: String, _ store: Store) async throws -> [Int] {
        try await store.read { connection in
            let rows = try connection.prepare("SELECT \(column) ORDER BY 1")
            var found: [Int] = []
            while try rows.step() { found.append(try rows.integer(0)) }
            return found
        }
    }

    private func sweep(_ store: Store, events: Int?, attempts: Int?) async throws {
        var settings = Settings()
        settings.retentionEvents = events
        settings.retentionAttempts = attempts
        let retention = Retention(
            store: store, settings: SettingsState(settings),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try await retention.sweep()
    }

    @Test(arguments: [0, 1, 499, 500, 501, 1200, 1234])
    func `the latest final events are kept, with their attempts, and all that wait`(keep: Int) async throws {
        let pending: Set = [1, 2, 700, 1234]
        let store = try await store(count: 1234, pending: pending)
        try await sweep(store, events: max(keep, 1), attempts: nil)
        let wanted = (1...1234).filter { $0 > 1234 - max(keep, 1) || pending.contains($0) }
        #expect(try await numbers("event FROM events", store) == wanted)
        #expect(try await numbers("event FROM attempts", store) == wanted)
        let counts = try await store.read { try EventCounts.all($0) }
        #expect(counts.map(\.count).reduce(0, +) == wanted.count)
        #expect(try await store.read { try EventCounts.pending($0) } == 4)
        try await store.close()
    }

    @Test(arguments: [1, 500, 1234])
    func `the latest attempts are kept, and every event`(keep: Int) async throws {
        let store = try await store(count: 1234, pending: [5])
        try await sweep(store, events: nil, attempts: keep)
        #expect(try await numbers("seq FROM attempts", store) == Array((1235 - keep)...1234))
        #expect(try await numbers("COUNT(*) FROM events", store) == [1234])
        try await store.close()
    }

    @Test func `the request log keeps the latest requests, however often the number changes`() async throws {
        try await withSimulator { client in
            let seqs = { () async throws -> [JSON?] in
                let response = try await client.send(.get, "/__admin/requests").json
                return (response["data"]?.array ?? []).map { $0["seq"] }
            }
            for _ in 1...5 { _ = try await client.send(.get, "/nowhere") }
            try await client.settings(["retention_requests": 3])
            for _ in 6...7 { _ = try await client.send(.get, "/nowhere") }
            #expect(try await seqs() == [5, 6, 7])
            try await client.settings(["retention_requests": 4])
            for _ in 8...8 { _ = try await client.send(.get, "/nowhere") }
            #expect(try await seqs() == [5, 6, 7, 8])
            _ = try await client.send(.get, "/nowhere")
            #expect(try await seqs() == [6, 7, 8, 9])
        }
    }
}
