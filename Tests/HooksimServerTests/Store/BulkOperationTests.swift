import SQLite
import StrictJSON
import Testing
import Webhooks

@testable import HooksimServer

/// Tests of the operations on many events, each of which takes several groups here.
@Suite struct BulkOperationTests {
    private static let noon: Int64 = 1_736_942_400_000

    /// Runs a simulator whose bulk operations change two rows at a time.
    private func withSmallGroups(_ store: String, _ body: (TestClient) async throws -> Void) async throws {
        try await withSimulator(
            {
                $0.store = store
                $0.seed = 7
                $0.bulkGroupSize = 2
                $0.frozenAtMilliseconds = Self.noon
            }, body)
    }

    /// Creates 11 failed events of two subscriptions.
    private func failEvents(_ client: TestClient, at url: String, token: String) async throws {
        try await client.settings(["retry_schedule": ["0s"]])
        for topic in ["invoice_paid", "payout_paid"] {
            try await client.subscribe(topic, to: url, token: token)
        }
        try await client.trigger("invoice_paid", count: 6)
        try await client.trigger("payout_paid", count: 5)
        try await client.expect("events", ["status": "failed"], count: 11)
    }

    @Test(arguments: [false, true])
    func `a retry of many events sends each once more, in the order of their creation`(isFile: Bool) async throws {
        let receiver = try await Receiver { _, index in .status(index < 11 ? 500 : 200) }
        try await withTemporaryStore { path in
            try await withSmallGroups(isFile ? path : ":memory:") { client in
                let token = try await client.token()
                try await failEvents(client, at: receiver.url, token: token)
                let response = try await client.send(.post, "/webhooks/retry", token: token)
                #expect(response.json == ["message": "11 failed events were queued for delivery again"])
                try await client.expect("events", ["status": "delivered", "attempts": 2], count: 11)
                let none = try await client.send(.post, "/webhooks/retry", token: token)
                #expect(none.json == ["message": "0 failed events were queued for delivery again"])
            }
        }
        #expect(receiver.received.count { $0.attempt == 1 } == 11)
        #expect(receiver.received.count { $0.attempt == 2 } == 11)
        try await receiver.stop()
    }

    @Test func `an advance waits for the last group of a retry`() async throws {
        let receiver = try await Receiver { _, _ in .status(500) }
        try await withSmallGroups(":memory:") { client in
            let token = try await client.token()
            try await failEvents(client, at: receiver.url, token: token)
            for attempts in 2...6 {
                _ = try await client.send(.post, "/webhooks/retry", token: token)
                _ = try await client.send(.post, "/__admin/clock/advance", json: ["by": "1m"])
                try await client.expect(
                    "events", ["status": "failed", "attempts": .number(attempts)], count: 11, timeout: 0)
            }
        }
        try await receiver.stop()
    }

    /// A bulk operation of which a process ran only the first group.
    enum Interrupted: CaseIterable {
        case retry, cancellation, removal

        func begin(_ session: StoreSession) throws {
            let now = Timestamp(milliseconds: noon + 1000)
            let partner = try #require(try PartnerTable.all(session).first)
            switch self {
            case .retry: try BulkOperation.begin(.retry(partner: partner.row), at: now, session)
            case .cancellation:
                try session.run("UPDATE events SET status = ?, due_at = ?", EventStatus.pending.number, now)
                try session.run("DELETE FROM event_counts")
                try session.run(
                    "INSERT INTO event_counts SELECT partner, topic, status, COUNT(*) FROM events GROUP BY 1, 2, 3")
                for row in try SubscriptionTable.rows(ofPartner: partner.row, session) {
                    try SubscriptionTable.deactivate(row: row, of: partner.row, reason: "gone", at: now, session)
                }
            case .removal: _ = try PartnerTable.empty(partner, session)
            }
            #expect(try BulkOperationTable.next(after: 0, session) != nil)
        }
    }

    @Test(arguments: Interrupted.allCases)
    func `what a stopped process left is finished by the next one`(interrupted: Interrupted) async throws {
        let receiver = try await Receiver { _, index in .status(index < 11 ? 500 : 200) }
        try await withTemporaryStore { path in
            try await withSmallGroups(path) { client in
                try await failEvents(client, at: receiver.url, token: try await client.token())
            }
            let store = try Store(path: path, bulkGroupSize: 2)
            try await store.write { try interrupted.begin($0) }
            try await store.close()
            try await withSmallGroups(path) { client in
                // An advance waits for all that is not finished.
                _ = try await client.send(.post, "/__admin/clock/advance", json: ["by": "1m"])
                let expected: JSON =
                    switch interrupted {
                    case .retry: ["status": "delivered", "attempts": 2]
                    case .cancellation: ["status": "failed", "attempts": 1, "last_error": "gone"]
                    case .removal: [:]
                    }
                try await client.expect(
                    "events", expected, count: interrupted == .removal ? 0 : 11, timeout: 0)
                let pending = try await client.send(.get, "/__admin/events?status=pending")
                #expect(pending.json["data"] == [])
            }
            try await expectNothingLeft(path, events: interrupted == .removal ? 0 : 11)
        }
        #expect(receiver.received.count == (interrupted == .retry ? 22 : 11))
        try await receiver.stop()
    }

    /// Runs a store until no bulk operation is left, and expects a number of rows of events.
    private func expectNothingLeft(_ path: String, events: Int) async throws {
        let store = try Store(path: path, bulkGroupSize: 2)
        while let next = try await store.read({ try BulkOperationTable.next(after: 0, $0) }) {
            _ = try await store.write { try BulkOperation.runNext(ofNumber: next.number, $0) }
        }
        try await store.write { session in
            for table in ["events", "attempts"] {
                let count = try session.first("SELECT COUNT(*) FROM \(table)") { try $0.integer(0) }
                #expect(count == events || table == "attempts" && events > 0, "\(table) has \(count ?? -1) rows")
            }
            #expect(try AttemptTable.earlierTables(session).isEmpty)
        }
        try await store.close()
    }

    @Test(arguments: [false, true])
    func `a reset of many events begins again at once, with the same ids and numbers`(isFile: Bool) async throws {
        let receiver = try await Receiver { _, _ in .status(200) }
        try await withTemporaryStore { path in
            let store = isFile ? path : ":memory:"
            // No operation but the reset's first group runs, so that the rows from before it are still there.
            try await withSmallGroups(store) { client in
                var runs: [[JSON?]] = []
                for _ in 0..<3 {
                    #expect(try await client.send(.post, "/__admin/reset").status == 200)
                    for rows in ["events", "attempts"] { try await client.expect(rows, [:], count: 0, timeout: 0) }
                    let token = try await client.token()
                    try await client.subscribe(to: receiver.url, token: token)
                    try await client.trigger(count: 7)
                    try await client.expect("events", ["status": "delivered"], count: 7)
                    let events = try await client.send(.get, "/webhooks/events", token: token)
                    let attempts = try await client.send(.get, "/__admin/attempts").json["data"]?.array ?? []
                    runs.append([events.json["data"]] + attempts.flatMap { [$0["seq"], $0["event_id"]] })
                    let metrics = try await client.send(.get, "/__admin/metrics").text
                    #expect(metrics.contains("} 7\n"), "the counts are those of the events after the reset")
                }
                #expect(runs[1] == runs[0])
                #expect(runs[2] == runs[0])
            }
            if isFile { try await expectNothingLeft(path, events: 7) }
        }
        try await receiver.stop()
    }

    @Test func `a removed partner's rows are not seen while they are removed, and its name is free`() async throws {
        try await withTemporaryStore { path in
            let store = try Store(path: path, bulkGroupSize: 2)
            try await store.write { session in
                let partner = try StoredRows.insertPartner(session)
                let row = try StoredRows.insertSubscription(Identifier(high: 8, low: 8), of: partner, session)
                for number in 1...9 {
                    let event = EventTable.NewEvent(
                        id: Identifier(high: 9, low: UInt64(number)), topic: .payoutPaid, entityID: "e", payload: [],
                        createdAt: Timestamp(milliseconds: 1), dueAt: Timestamp(milliseconds: 1), ticket: number)
                    try StoredRows.insert(event, of: partner, subscription: row, session)
                }
                try PartnerTable.remove(row: partner.row, session)
                #expect(try session.first("SELECT COUNT(*) FROM events") { try $0.integer(0) } == 7)

                #expect(try EventTable.pendingSubscriptions(session).isEmpty)
                #expect(try EventTable.count(Condition(), session) == 0)
                #expect(try EventTable.target(Identifier(high: 9, low: 9), session) == nil)
                #expect(try EventCounts.pending(session) == 0)
                _ = try EventTable.removeFinal(after: 0, keeping: 0, limit: 100, session)
                #expect(session.countChanges.byKind.isEmpty)
                let again = try StoredRows.insertPartner(session)
                #expect(again.row > partner.row)
                #expect(try StoredRows.insertSubscription(Identifier(high: 8, low: 8), of: again, session) > row)
            }
            try await store.close()
            try await expectNothingLeft(path, events: 0)
        }
    }
}
