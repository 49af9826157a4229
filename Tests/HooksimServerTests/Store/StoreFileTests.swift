import Foundation
import SQLite
import StrictJSON
import Testing

@testable import HooksimServer

@Suite struct StoreFileTests {
    private static let header = Array("SQLite format 3\0".utf8)

    /// Returns a file with a header of SQLite that has this `user_version` and `application_id`.
    private static func file(version: Int32, application: String, size: Int = 4096) -> [UInt8] {
        var bytes = header + [UInt8](repeating: 0, count: size - header.count)
        withUnsafeBytes(of: version.bigEndian) { bytes.replaceSubrange(60..<64, with: $0) }
        bytes.replaceSubrange(68..<72, with: Array(application.utf8))
        return bytes
    }

    static let refused: [(String, [UInt8], String)] = [
        ("text", Array("Dear diary, today I wrote tests.\n".utf8), "is not a SQLite database"),
        ("long garbage", [UInt8](repeating: 0xA5, count: 10_000), "is not a SQLite database"),
        ("only the magic", header, "is not a SQLite database"),
        ("another program's", file(version: 1, application: "abcd"), "is the database of another program"),
        ("no program's", file(version: 0, application: "\0\0\0\0"), "is the database of another program"),
        ("of a version below none", file(version: -2_147_483_644, application: "hook"), "is damaged: no hooksim has"),
        ("unreleased", file(version: 5, application: "hook"), "was written by a hooksim before its first release"),
        ("newer", file(version: 99, application: "hook"), "was written by a newer hooksim"),
        ("broken", file(version: 6, application: "hook"), "can't be opened"),
    ]

    @Test(arguments: refused)
    func `a file that is not ours is refused and left as it is`(name: String, bytes: [UInt8], message: String)
        async throws
    {
        try await withTemporaryStore { path in
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            let error = #expect(throws: StoreError.self) { try Store(path: path) }
            #expect(error?.description.contains(message) == true, "\(name): \(error?.description ?? "")")
            #expect(error?.description.contains(path) == true)
            #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == Data(bytes))
            let directory = URL(fileURLWithPath: path).deletingLastPathComponent().path
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["store.db"])
        }
    }

    @Test func `a simulator says why its store can't be used`() async throws {
        try await withTemporaryStore { path in
            try Data("no database".utf8).write(to: URL(fileURLWithPath: path))
            var options = SimulatorOptions()
            options.store = path
            let error = await #expect(throws: SimulatorError.self) { try await Simulator.start(options) }
            #expect(error?.description.contains("is not a SQLite database") == true)
        }
    }

    @Test func `an empty file and no file are new stores`() async throws {
        for isThere in [true, false] {
            try await withTemporaryStore { path in
                if isThere { try Data().write(to: URL(fileURLWithPath: path)) }
                let store = try Store(path: path)
                #expect(try await store.read { try $0.first("SELECT COUNT(*) FROM events") { try $0.integer(0) } } == 0)
                try await store.close()
            }
        }
    }

    @Test(arguments: ["/nonexistent/directory/store.db", "/"])
    func `a path that can't be a file is refused`(path: String) {
        let error = #expect(throws: StoreError.self) { try Store(path: path) }
        #expect(error?.description.contains(path) == true)
    }

    @Test func `a store has one owner at a time`() async throws {
        try await withTemporaryStore { path in
            let first = try Store(path: path)
            let error = #expect(throws: StoreError.self) { try Store(path: path) }
            #expect(error?.description.contains("already open") == true, "\(error?.description ?? "")")
            // The refusal does not affect the owner of the store.
            try await first.write { try $0.run("INSERT INTO meta (name, value) VALUES ('a', 1)") }
            try await first.close()
        }
    }

    @Test func `another process learns who has the store, and takes nothing away from that one`() async throws {
        try await withTemporaryStore { path in
            let first = try Store(path: path)
            let (status, said) = try await Self.serve(path)
            #expect(status == 1)
            #expect(said.contains("is in use by process \(getpid())"), "\(said)")
            // A refusal within this process must not release the lock of the store either.
            _ = #expect(throws: StoreError.self) { try Store(path: path) }
            let (again, _) = try await Self.serve(path)
            #expect(again == 1)
            try await first.write { try $0.run("INSERT INTO meta (name, value) VALUES ('a', 1)") }
            try await first.close()
        }
    }

    /// Returns the status and the output of the program if it can't serve a store.
    private static func serve(_ path: String) async throws -> (status: Int32, said: String) {
        let process = Process()
        process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
            .deletingLastPathComponent().appending(path: "hooksim")
        process.arguments = ["serve", "--port", "0", "--store", path, "--until-input-ends"]
        process.standardInput = FileHandle.nullDevice
        let errors = Pipe()
        process.standardError = errors
        process.standardOutput = FileHandle.nullDevice
        return try await withCheckedThrowingContinuation { continuation in
            process.terminationHandler = { process in
                let said = String(decoding: errors.fileHandleForReading.availableData, as: UTF8.self)
                continuation.resume(returning: (process.terminationStatus, said))
            }
            do { try process.run() } catch { continuation.resume(throwing: error) }
        }
    }

    @Test func `a new store can be read by its owner alone, and so can its log`() async throws {
        try await withTemporaryStore { path in
            let store = try Store(path: path)
            try await store.write { try $0.run("INSERT INTO meta (name, value) VALUES ('a', 1)") }
            for file in [path, path + "-wal"] {
                let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
                #expect(mode == 0o600, "\(file)")
            }
            try await store.close()
        }
    }

    @Test func `what is acknowledged is on the disk, not on its way there`() async throws {
        try await withTemporaryStore { path in
            let store = try Store(path: path)
            let (synchronous, mode) = try await store.read { connection in
                (
                    try connection.first("PRAGMA synchronous") { try $0.integer(0) },
                    try connection.first("PRAGMA journal_mode") { $0.string(0) }
                )
            }
            // The value 2 means FULL.
            #expect(synchronous == 2)
            #expect(mode == "wal")
            try await store.close()
        }
    }

    @Test func `a store can be opened again as soon as it was closed`() async throws {
        try await withTemporaryStore { path in
            var kept: [Store] = []
            for run in 0..<5 {
                let store = try Store(path: path)
                try await store.write { try $0.run("INSERT INTO meta (name, value) VALUES (?, 1)", "run \(run)") }
                #expect(
                    try await store.read {
                        try $0.first("SELECT COUNT(*) FROM meta") { try $0.integer(0) }
                    } == run + 1)
                try await store.close()
                // A closed store that is still referenced must not prevent the next one from opening.
                kept.append(store)
            }
        }
    }

    /// Creates a store with an event and its attempt, which `damage` changes to rows that no simulator writes.
    private func makeDamagedStore(
        at path: String, _ damage: @escaping @Sendable (StoreSession) throws -> Void
    ) async throws {
        try await withSimulator {
            $0.store = path
        } _: { client in
            try await client.subscribe(to: "http://127.0.0.1:1/", token: try await client.token())
            try await client.trigger()
            try await client.expect("attempts", [:], count: 1)
        }
        let store = try Store(path: path)
        try await store.write(damage)
        try await store.close()
    }

    @Test func `a row that can't be is an error in words, not the end`() async throws {
        try await withTemporaryStore { path in
            try await makeDamagedStore(at: path) {
                try $0.connection.execute("UPDATE events SET topic = 99; UPDATE subscriptions SET topic = 99")
            }
            try await withSimulator {
                $0.store = path
            } _: { client in
                let token = try await client.token()
                for path in ["/webhooks", "/webhooks/events", "/__admin/attempts", "/__admin/recording"] {
                    let response = try await client.send(.get, path, token: token)
                    #expect(response.status == 500, "\(path): \(response.text)")
                    #expect(response.json["message"]?.string?.contains("the store is damaged") == true, "\(path)")
                }
                let health = try await client.send(.get, "/__admin/health")
                #expect(health.status == 200)
            }
        }
    }

    @Test(arguments: ["partners", "tokens", "actions"])
    func `a table that is damaged at start is an error that names the store, which is left as it is`(table: String)
        async throws
    {
        try await withTemporaryStore { path in
            try await withSimulator {
                $0.store = path
            } _: { client in
                try await client.settings(["retry_schedule": ["1h"]])
                try await client.subscribe(to: "http://127.0.0.1:1/", token: try await client.token())
                try await client.trigger()
            }
            let store = try Store(path: path)
            let page = try await store.read {
                try $0.first("SELECT rootpage FROM sqlite_schema WHERE name = ?", table) { try $0.integer(0) }
            }
            try await store.close()
            var bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: path)))
            let start = (try #require(page) - 1) * 4096
            for index in start..<start + 4096 { bytes[index] = 0xA5 }
            try Data(bytes).write(to: URL(fileURLWithPath: path))

            var options = SimulatorOptions()
            options.store = path
            let error = await #expect(throws: SimulatorError.self) { try await Simulator.start(options) }
            #expect(
                error?.description.hasPrefix("the store \(path) can't be used: ") == true, "\(error?.description ?? "")"
            )
            #expect(try [UInt8](Data(contentsOf: URL(fileURLWithPath: path))) == bytes)
        }
    }

    @Test(arguments: ["runs", "next_ticket"], [Int64.min, -1, Int64.max])
    func `a number that can't be is no crash`(name: String, number: Int64) async throws {
        try await withTemporaryStore { path in
            let store = try Store(path: path)
            try await store.write {
                try $0.run("INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)", name, number)
            }
            try await store.close()
            var options = SimulatorOptions()
            options.store = path
            do {
                let simulator = try await Simulator.start(options)
                let client = TestClient(simulator.url)
                try await client.subscribe(to: "http://127.0.0.1:1/", token: try await client.token())
                let response = try await client.send(.post, "/__admin/events", json: ["topic": "invoice_paid"])
                #expect([201, 500].contains(response.status), "\(response.text)")
                try await simulator.stop()
            } catch let error as SimulatorError {
                #expect(error.description.contains(path), "\(error)")
            }
        }
    }

    @Test func `what SQLite quotes of a damaged schema is one line without a terminal's commands`() async throws {
        try await withTemporaryStore { path in
            try await Store(path: path).close()
            var bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: path)))
            // After an open quote, the rest of the schema is one token, with a terminal's command and several lines.
            let range = try #require(bytes.firstRange(of: Array("attempts (\n".utf8)))
            bytes.replaceSubrange(range, with: Array("attempts`\u{1B}[".utf8))
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            let error = #expect(throws: StoreError.self) { try Store(path: path) }
            let text = error?.description ?? ""
            #expect(text.contains(path) && text.contains("malformed database schema"), "\(text)")
            #expect(text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control })
        }
    }

    @Test(arguments: [0, -1, Int64.max])
    func `an attempt of a number that can't be is in no recording, and no crash`(number: Int64) async throws {
        try await withTemporaryStore { path in
            try await makeDamagedStore(at: path) { try $0.run("UPDATE attempts SET attempt = ?", number) }
            try await withSimulator {
                $0.store = path
            } _: { client in
                let response = try await client.send(.get, "/__admin/recording")
                #expect(response.status == 500 && response.text.contains("the store is damaged"), "\(response.text)")
            }
        }
    }

    @Test func `a store that was never closed opens again`() async throws {
        try await withTemporaryStore { path in
            let store = try Store(path: path)
            try await store.write { try $0.run("INSERT INTO meta (name, value) VALUES ('a', 1)") }
            let copy = path + ".copy"
            for suffix in ["", "-wal"] where FileManager.default.fileExists(atPath: path + suffix) {
                try FileManager.default.copyItem(atPath: path + suffix, toPath: copy + suffix)
            }
            let reopened = try Store(path: copy)
            #expect(
                try await reopened.read {
                    try $0.first("SELECT value FROM meta WHERE name = 'a'") { try $0.integer(0) }
                }
                    == 1)
            try await reopened.close()
            try await store.close()
        }
    }
}
