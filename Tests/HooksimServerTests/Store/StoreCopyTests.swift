import SQLite
import Testing
import Webhooks

@testable import HooksimServer

/// Tests of copies of a store that changes while they are made.
@Suite struct StoreCopyTests {
    /// Inserts events with payloads of 4 KB.
    private func insert(_ numbers: ClosedRange<Int>, of partner: PartnerRecord, _ store: Store) async throws {
        try await store.write(withoutSavepoint: true) { session in
            for number in numbers {
                let event = EventTable.NewEvent(
                    id: Identifier(high: 9, low: UInt64(number)), topic: .payoutPaid, entityID: "e",
                    payload: Array(repeating: UInt8(ascii: "1"), count: 4000), createdAt: Timestamp(milliseconds: 1),
                    dueAt: Timestamp(milliseconds: 1), ticket: number)
                try StoredRows.insert(event, of: partner, subscription: 1, session)
            }
        }
    }

    @Test(arguments: [false, true])
    func `a copy has the events of before, some of those meanwhile, and is intact`(isFile: Bool) async throws {
        try await withTemporaryStore { path in
            let store = try Store(path: isFile ? path : ":memory:")
            let partner = try await store.write { try StoredRows.insertPartner($0) }
            // The copy takes several steps, since it has more pages than one step copies.
            try await insert(1...1000, of: partner, store)
            async let copied: Void = store.copy(to: path + ".copy")
            for number in 1001...1100 { try await insert(number...number, of: partner, store) }
            try await copied

            let copy = try Store(path: path + ".copy")
            let (count, last, state) = try await copy.read { session in
                (
                    try session.first("SELECT COUNT(*) FROM events") { try $0.integer(0) },
                    try session.first("SELECT MAX(event) FROM events") { try $0.integer(0) },
                    try session.first("PRAGMA integrity_check") { $0.string(0) }
                )
            }
            #expect(state == "ok")
            #expect(count == last)
            #expect((1000...1100).contains(count ?? 0))
            try await copy.close()
            try await store.close()
        }
    }

    @Test func `a copy goes on while the database in memory is replaced`() async throws {
        try await withTemporaryStore { path in
            let store = try Store(path: ":memory:")
            let partner = try await store.write { try StoredRows.insertPartner($0) }
            try await insert(1...1000, of: partner, store)
            async let copied: Void = store.copy(to: path)
            try await store.write(withoutSavepoint: true) { try PartnerTable.removeAll(resets: 1, $0) }
            try await copied
            let copy = try Store(path: path)
            let count = try await copy.read { try $0.first("SELECT COUNT(*) FROM events") { try $0.integer(0) } }
            // The copy began before the reset or after it.
            #expect([0, 1000].contains(count))
            try await copy.close()
            try await store.close()
        }
    }
}
