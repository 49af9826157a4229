import Testing
import Webhooks

@testable import HooksimServer

/// Which subscriptions get an event is kept in memory: whatever changes them, in whatever way, must be seen by the next trigger.
@Suite struct MatchingSubscriptionsTests {
    private struct Undone: Error {}

    enum Ending: CaseIterable {
        case committed, undoneAlone, rolledBack
    }

    private static let topics: [Topic] = [.payoutPaid, .invoicePaid]

    @Test(
        arguments: [
            "INSERT INTO subscriptions SELECT 9, x'00', partner, endpoint_url, topic, 1, NULL, 0, 0, 0 FROM subscriptions WHERE subscription = 1",
            "UPDATE subscriptions SET is_active = FALSE WHERE subscription = 1",
            "UPDATE subscriptions SET is_active = TRUE WHERE subscription = 3",
            "UPDATE subscriptions SET topic = \(Topic.invoicePaid.number) WHERE subscription = 2",
            "UPDATE subscriptions SET partner = 2 WHERE subscription = 1",
            "UPDATE subscriptions SET id = x'000102030405060708090A0B0C0D0E0F' WHERE subscription = 1",
            "INSERT OR REPLACE INTO subscriptions SELECT * FROM subscriptions WHERE subscription = 3",
            "DELETE FROM subscriptions WHERE subscription = 2",
            "DELETE FROM subscriptions",
            "DELETE FROM partners WHERE partner = 1",
        ], Ending.allCases)
    func `what is kept is what the store would say`(change: String, ending: Ending) throws {
        let database = try Database(path: ":memory:")
        try database.writeSynchronously { connection in
            let partner = try StoredRows.insertPartner(connection)
            for number in 1...3 {
                _ = try StoredRows.insertSubscription(
                    Identifier(high: 3, low: UInt64(number)), of: partner, connection)
            }
            try connection.run("UPDATE subscriptions SET is_active = FALSE WHERE subscription = 3")
            // A second partner to move a subscription to.
            try connection.run("INSERT INTO partners SELECT 2, x'02', 'other', secret_digest, scopes, 0 FROM partners")
            #expect(try Self.found(connection).map(\.count) == [2, 0, 0, 0])
        }
        do {
            try database.writeSynchronously { connection in
                // A neighbour in the same transaction, whose change stays or goes with it.
                let before = try Self.found(connection)
                do {
                    try connection.undoingAlone {
                        try connection.run(change)
                        try Self.expectTruth(connection)
                        if ending == .undoneAlone { throw Undone() }
                    }
                } catch is Undone {
                    #expect(try Self.found(connection) == before)
                }
                if ending == .rolledBack { throw Undone() }
            }
        } catch is Undone {}
        try database.writeSynchronously { try Self.expectTruth($0) }
    }

    private static func expectTruth(_ connection: Connection) throws {
        let found = try found(connection)
        let stored = try stored(connection)
        #expect(found == stored)
    }

    /// What is found, for each partner and topic.
    private static func found(_ connection: Connection) throws -> [[String]] {
        try [1, 2].flatMap { partner in
            try topics.map { topic in
                try MatchingSubscriptions.find(partner: partner, topic: topic, connection).map { "\($0.row) \($0.id)" }
            }
        }
    }

    /// The same, asked of the store by a statement of this test.
    private static func stored(_ connection: Connection) throws -> [[String]] {
        try [1, 2].flatMap { partner in
            try topics.map { topic in
                let rows = try connection.prepare(
                    "SELECT subscription, id FROM subscriptions WHERE partner = ? AND topic = ? AND is_active ORDER BY 1",
                    partner, topic.number)
                var found: [String] = []
                while try rows.step() { found.append("\(rows.integer(0)) \(rows.identifier(1))") }
                return found
            }
        }
    }
}
