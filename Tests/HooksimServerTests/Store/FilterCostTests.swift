import CSQLite
@testable import SQLite
import Testing
import Webhooks

@testable import HooksimServer

/// Tests of the cost of a page, counted in steps of SQLite's virtual machine, which do not depend on the machine's
/// load.
@Suite struct FilterCostTests {
    private static let day: Int64 = 86_400_000

    @Test(arguments: [
        "", "topic", "status", "topic status", "dates", "topic dates", "status dates", "topic status dates",
    ])
    func `a filter costs the same however many events it passes over`(filter: String) throws {
        let parts = Set(filter.split(separator: " "))
        let costs = try [300, 6000].map { try Self.cost(of: parts, among: $0) }
        #expect(costs[1] < costs[0] + costs[0] / 4, "\(filter): \(costs) steps")
    }

    /// Returns the steps of two pages with all parts of the filter: one that finds rows, and one that finds none.
    private static func cost(of parts: Set<Substring>, among count: Int) throws -> Int {
        let store = try Store(path: ":memory:")
        return try store.writeSynchronously { connection in
            let partner = try StoredRows.insertPartner(connection)
            try fill(count, of: partner, connection)
            var there = EventFilter()
            if parts.contains("topic") { there.topic = .invoicePaid }
            if parts.contains("status") { there.status = .delivered }
            if parts.contains("dates") { there.from = Timestamp(milliseconds: day / 2) }
            var nothing = there
            if parts.contains("topic") { nothing.topic = .payoutFailed }
            if parts.contains("status") { nothing.status = .failed }
            if parts.contains("dates") { nothing.from = Timestamp(milliseconds: 2 * day) }
            var request = PageRequest()
            request.limit = 20
            return try connection.countingSteps {
                for filter in [there, nothing] { _ = try EventTable.page(request, filter, of: partner, connection) }
            }
        }
    }

    /// Inserts events of three topics on one day, all delivered except for the last ten.
    private static func fill(_ count: Int, of partner: PartnerRecord, _ connection: StoreSession) throws {
        let subscription = try StoredRows.insertSubscription(Identifier(high: 3, low: 4), of: partner, connection)
        let topics: [Topic] = [.invoicePaid, .payoutPaid, .customerCreated]
        for number in 1...count {
            let event = EventTable.NewEvent(
                id: Identifier(high: 5, low: UInt64(number)), topic: topics[number % 3], entityID: "e",
                payload: [0x7B, 0x7D],
                createdAt: Timestamp(milliseconds: day * Int64(number) / Int64(count)),
                dueAt: Timestamp(milliseconds: 0), ticket: number)
            try StoredRows.insert(event, of: partner, subscription: subscription, connection)
            guard number <= count - 10 else { continue }
            try connection.run(
                "UPDATE events SET status = ?, due_at = NULL WHERE event = ?", EventStatus.delivered.number, number)
            connection.countChanges.move(
                1, partner: partner.row, topic: event.topic.number, from: .pending, to: .delivered)
        }
    }
}

extension StoreSession {
    func countingSteps(_ body: () throws -> Void) rethrows -> Int {
        var steps = 0
        try withUnsafeMutablePointer(to: &steps) { steps in
            sqlite3_progress_handler(
                connection.handle, 1,
                { steps in
                    steps!.assumingMemoryBound(to: Int.self).pointee += 1
                    return 0
                }, steps)
            defer { sqlite3_progress_handler(connection.handle, 0, nil, nil) }
            try body()
        }
        return steps
    }
}
