@testable import HooksimServer
import SQLite
import Testing

/// Tests of a store that is closed while it is in use.
@Suite struct StoreCloseTests {
    @Test func `a store is closed between two reads, and later reads and writes fail`() async throws {
        for _ in 1...100 {
            let store = try Store(path: ":memory:")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 1...4 {
                    group.addTask {
                        do {
                            while true {
                                _ = try await store.read { try MetaTable.resets($0) }
                                await Task.yield()
                            }
                        } catch let error as SQLiteError {
                            #expect(error.message == "the store is closed")
                        }
                    }
                }
                try await store.close()
                try await group.waitForAll()
            }
            await #expect(throws: SQLiteError.self) { try await store.write { try MetaTable.resets($0) } }
            await #expect(throws: SQLiteError.self) { try await store.read { try MetaTable.resets($0) } }
        }
    }
}
