import SQLite
import Testing
import Webhooks

@testable import HooksimServer

/// Tests of the subscriptions that get an event, which are kept in memory: the next trigger must see every change of
/// them.
@Suite struct MatchingSubscriptionsTests {
    private struct Undone: Error {}

    enum Ending: CaseIterable {
        case committed, undoneAlone, rolledBack
    }

    private static let topics: [Topic] = [.payoutPaid, .invoicePaid]

    /// Each way in which the store's tables change subscriptions.
    enum Change: CaseIterable {
        case insert, deactivateByID, deactivateByRow, failOnce, emptyPartner, removePartner, removePartners

        func make(_ partner: PartnerRecord, _ session: StoreSession) throws {
            let now = Timestamp(milliseconds: 7)
            switch self {
            case .insert:
                _ = try StoredRows.insertSubscription(Identifier(high: 3, low: 9), of: partner, session)
            case .deactivateByID:
                _ = try SubscriptionTable.deactivate(Identifier(high: 3, low: 1), of: partner, at: now, session)
            case .deactivateByRow:
                try SubscriptionTable.deactivate(row: 2, of: partner.row, reason: "", at: now, session)
            case .failOnce:
                _ = try SubscriptionTable.countFailed(
                    subscription: 1, of: partner.row, threshold: 1, at: now, session)
            case .emptyPartner: _ = try PartnerTable.empty(partner, session)
            case .removePartner: try PartnerTable.remove(row: partner.row, session)
            case .removePartners: try PartnerTable.removeAll(resets: 1, session)
            }
        }
    }

    @Test(arguments: Change.allCases, Ending.allCases)
    func `what is kept is what the store would say`(change: Change, ending: Ending) throws {
        let store = try Store(path: ":memory:")
        let partner = try store.writeSynchronously { connection in
            let partner = try StoredRows.insertPartner(connection)
            for number in 1...3 {
                _ = try StoredRows.insertSubscription(
                    Identifier(high: 3, low: UInt64(number)), of: partner, connection)
            }
            try connection.run("UPDATE subscriptions SET is_active = FALSE WHERE subscription = 3")
            // The second partner is there so that a subscription can be moved to it.
            try connection.run("INSERT INTO partners SELECT 2, x'02', 'other', secret_digest, scopes, 0 FROM partners")
            #expect(try Self.found(connection).map(\.count) == [2, 0, 0, 0])
            return partner
        }
        do {
            try store.writeSynchronously { connection in
                // The change is in a savepoint of the transaction, so that it can be undone alone or with the
                // transaction.
                let before = try Self.found(connection)
                do {
                    try connection.savepoint {
                        try change.make(partner, connection)
                        try Self.expectTruth(connection)
                        if ending == .undoneAlone { throw Undone() }
                    }
                } catch is Undone {
                    #expect(try Self.found(connection) == before)
                }
                if ending == .rolledBack { throw Undone() }
            }
        } catch is Undone {}
        try store.writeSynchronously { try Self.expectTruth($0) }
    }

    private static func expectTruth(_ connection: StoreSession) throws {
        let found = try found(connection)
        let stored = try stored(connection)
        #expect(found == stored)
    }

    /// Returns the subscriptions that a trigger finds, for each partner and topic.
    private static func found(_ connection: StoreSession) throws -> [[String]] {
        try [1, 2].flatMap { partner in
            try topics.map { topic in
                try MatchingSubscriptions.find(partner: partner, topic: topic, connection).map { "\($0.row) \($0.id)" }
            }
        }
    }

    /// Returns the same subscriptions, read from the store by a statement of this test.
    private static func stored(_ connection: StoreSession) throws -> [[String]] {
        try [1, 2].flatMap { partner in
            try topics.map { topic in
                let rows = try connection.prepare(
                    "SELECT subscription, id FROM subscriptions WHERE partner = ? AND topic = ? AND is_active ORDER BY 1",
                    partner, topic.number)
                var found: [String] = []
                while try rows.step() { found.append("\(try rows.integer(0)) \(try rows.identifier(1))") }
                return found
            }
        }
    }
}
