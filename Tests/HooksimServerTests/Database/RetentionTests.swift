import Logging
import Testing
import Webhooks

@testable import HooksimServer

@Suite struct RetentionTests {
    /// A store with events 1 to `count`, each with one attempt of the same number; `pending` are still to be sent.
    private func store(count: Int, pending: Set<Int>) async throws -> Database {
        let database = try Database(path: ":memory:")
        try await database.write { connection in
            try connection.run(
                "INSERT INTO partners (partner, id, client_id, secret_digest, scopes, created_at) VALUES (1, x'01', 'a', x'01', 0, 0)"
            )
            for number in 1...count {
                let now = Timestamp(milliseconds: Int64(number))
                try EventRecord.insert(
                    .init(
                        id: Identifier(high: 1, low: UInt64(number)), topic: .invoicePaid, entityID: "1", payload: [],
                        createdAt: now, dueAt: now, ticket: number),
                    partner: 1, subscription: 1, connection)
                if !pending.contains(number) {
                    try connection.run("UPDATE events SET due_at = NULL, status = 1 WHERE event = ?", number)
                }
                try connection.run(
                    """
                    INSERT INTO attempts (event, partner, ticket, attempt, copy, at, duration_ms, outcome, endpoint_url)
                    VALUES (?1, 1, ?1, 1, 0, 0, 0, 1, 'http://127.0.0.1/')
                    """, number)
            }
        }
        return database
    }

    private func numbers(_ column: String, _ database: Database) async throws -> [Int] {
        try await database.read { connection in
            let rows = try connection.prepare("SELECT \(column) ORDER BY 1")
            var found: [Int] = []
            while try rows.step() { found.append(rows.integer(0)) }
            return found
        }
    }

    private func sweep(_ database: Database, events: Int?, attempts: Int?) async throws {
        var settings = Settings()
        settings.retentionEvents = events
        settings.retentionAttempts = attempts
        let retention = Retention(
            database: database, settings: SettingsStore(settings),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try await retention.sweep()
    }

    @Test(arguments: [0, 1, 499, 500, 501, 1200, 1234])
    func `the latest settled events are kept, with their attempts, and all that wait`(keep: Int) async throws {
        let pending: Set = [1, 2, 700, 1234]
        let database = try await store(count: 1234, pending: pending)
        try await sweep(database, events: max(keep, 1), attempts: nil)
        let wanted = (1...1234).filter { $0 > 1234 - max(keep, 1) || pending.contains($0) }
        #expect(try await numbers("event FROM events", database) == wanted)
        #expect(try await numbers("event FROM attempts", database) == wanted)
        let counts = try await database.read { try EventCounts.all($0) }
        #expect(counts.map(\.count).reduce(0, +) == wanted.count)
        #expect(try await database.read { try EventCounts.pending($0) } == 4)
        try await database.close()
    }

    @Test(arguments: [1, 500, 1234])
    func `the latest attempts are kept, and every event`(keep: Int) async throws {
        let database = try await store(count: 1234, pending: [5])
        try await sweep(database, events: nil, attempts: keep)
        #expect(try await numbers("seq FROM attempts", database) == Array((1235 - keep)...1234))
        #expect(try await numbers("COUNT(*) FROM events", database) == [1234])
        try await database.close()
    }

    @Test func `the journal of requests keeps the latest calls, however often the number changes`() async throws {
        try await withSimulator { client in
            let seqs = { () async throws -> [JSON?] in
                let answer = try await client.call(.get, "/__admin/requests").json
                return (answer["data"]?.array ?? []).map { $0["seq"] }
            }
            for _ in 1...5 { _ = try await client.call(.get, "/nowhere") }
            try await client.settings(["retention_requests": 3])
            for _ in 6...7 { _ = try await client.call(.get, "/nowhere") }
            #expect(try await seqs() == [5, 6, 7])
            try await client.settings(["retention_requests": 4])
            for _ in 8...8 { _ = try await client.call(.get, "/nowhere") }
            #expect(try await seqs() == [5, 6, 7, 8])
            _ = try await client.call(.get, "/nowhere")
            #expect(try await seqs() == [6, 7, 8, 9])
        }
    }
}
