import SQLite
import Testing
import Webhooks

@testable import HooksimServer

@Suite struct GroupCommitTests {
    private struct Refused: Error {}

    private func count(_ store: Store) async throws -> Int {
        try await store.read { try $0.first("SELECT COUNT(*) FROM meta") { try $0.integer(0) } } ?? -1
    }

    /// Writes two rows, of which the store must have either both or none.
    private func writePair(_ number: Int, _ store: Store) async throws {
        try await store.write { connection in
            for half in 0..<2 {
                try connection.run("INSERT INTO meta (name, value) VALUES (?, 1)", "\(number) \(half)")
            }
        }
    }

    @Test(arguments: [":memory:", "file"])
    func `a write that fails undoes its own changes and none of its neighbours'`(kind: String) async throws {
        try await withTemporaryStore { path in
            let store = try Store(path: kind == ":memory:" ? kind : path)
            let refused = await withTaskGroup(of: Bool.self) { group in
                for number in 0..<300 {
                    group.addTask {
                        do {
                            try await store.write { connection in
                                try connection.run("INSERT INTO meta (name, value) VALUES (?, 1)", "row \(number)")
                                // Some writes fail by an error of their own, some by an error of SQLite.
                                if number % 3 == 1 { throw Refused() }
                                if number % 3 == 2 {
                                    try connection.run("INSERT INTO meta (name, value) VALUES ('row', NULL)")
                                }
                            }
                            return false
                        } catch {
                            #expect(number % 3 == 1 ? error is Refused : error is SQLiteError)
                            return true
                        }
                    }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(refused == 200)
            #expect(try await count(store) == 100)
            let odd = try await store.read {
                try $0.first("SELECT COUNT(*) FROM meta WHERE CAST(substr(name, 5) AS INTEGER) % 3 > 0") {
                    try $0.integer(0)
                }
            }
            #expect(odd == 0)
            try await store.close()
        }
    }

    @Test(arguments: [true, false])
    func `a write that shares its group's fate fails it only once it has changed something`(
        hasChanged: Bool
    ) async throws {
        let store = try Store(path: ":memory:")
        let refused = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<50 {
                group.addTask {
                    do {
                        try await store.write(withoutSavepoint: true) { connection in
                            if number == 25, !hasChanged { throw Refused() }
                            try connection.run("INSERT INTO meta (name, value) VALUES (?, 1)", "row \(number)")
                            if number == 25 { throw Refused() }
                        }
                        return false
                    } catch {
                        #expect(error is Refused)
                        return true
                    }
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        // A write that threw an error has stored nothing, and every other write has stored its row.
        #expect(try await count(store) == 50 - refused)
        #expect(hasChanged ? refused >= 1 : refused == 1)
        try await store.write { try $0.run("INSERT INTO meta (name, value) VALUES ('later', 1)") }
        try await store.close()
    }

    @Test func `a copy beside writes and reads is whole, and has all that was written before it`() async throws {
        try await withTemporaryStore { path in
            let store = try Store(path: path)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<100 {
                    group.addTask {
                        try await self.writePair(number, store)
                        guard number % 20 == 0 else { return }
                        try await store.copy(to: "\(path).copy-\(number)")
                        let copy = try Store(path: "\(path).copy-\(number)")
                        let (rows, own) = try await copy.read { connection in
                            (
                                try connection.first("SELECT COUNT(*) FROM meta") { try $0.integer(0) } ?? -1,
                                try connection.first("SELECT COUNT(*) FROM meta WHERE name = ?", "\(number) 1") {
                                    try $0.integer(0)
                                }
                            )
                        }
                        #expect(rows > 0 && rows % 2 == 0 && own == 1)
                        try await copy.close()
                    }
                    group.addTask { _ = try await self.count(store) }
                }
                try await group.waitForAll()
            }
            #expect(try await count(store) == 200)
            try await store.close()
        }
    }

    @Test func `a read beside writes that all fail succeeds`() async throws {
        let store = try Store(path: ":memory:")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<200 {
                group.addTask {
                    await #expect(throws: Refused.self) {
                        try await store.write(withoutSavepoint: true) { connection in
                            try connection.run("INSERT INTO meta (name, value) VALUES (?, 1)", "row \(number)")
                            throw Refused()
                        }
                    }
                }
                group.addTask {
                    let rows = try await self.count(store)
                    #expect(rows == 0)
                }
            }
            try await group.waitForAll()
        }
        try await store.close()
    }

    @Test func `a write sees what was written before it, and its result comes back`() async throws {
        let store = try Store(path: ":memory:")
        let numbers = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<200 {
                group.addTask {
                    try await store.write { try Sequences.nextTicket($0) }
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(numbers.sorted() == Array(1...200))
        try await store.close()
    }

    @Test func `a read beside writes sees whole writes only`() async throws {
        let store = try Store(path: ":memory:")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<100 {
                group.addTask {
                    try await self.writePair(number, store)
                }
                group.addTask {
                    let rows = try await self.count(store)
                    #expect(rows % 2 == 0)
                }
            }
            try await group.waitForAll()
        }
        #expect(try await count(store) == 200)
        try await store.close()
    }
}
