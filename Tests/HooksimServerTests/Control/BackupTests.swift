import FoundationEssentials
import SQLite
import Testing
import Webhooks

@testable import HooksimServer

@Suite struct BackupTests {
    @Test(arguments: [true, false])
    func `a copy of a running store has all that was acknowledged`(isOnFile: Bool) async throws {
        try await withTemporaryStore { path in
            let receiver = try await Receiver { _, _ in .hold }
            let copy = path + ".copy"
            var ids: Set<String> = []
            try await withSimulator {
                if isOnFile { $0.store = path }
            } _: { client in
                try await client.subscribe(to: receiver.url, token: try await client.token())
                ids = Set(try await client.trigger(count: 20))
                let response = try await client.send(.get, "/__admin/backup")
                #expect(response.status == 200)
                try Data(response.body).write(to: URL(fileURLWithPath: copy))
                // Later events are not in the backup, and the store continues to accept them.
                try await client.trigger()
                receiver.release()
            }
            let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
            let left = try FileManager.default.contentsOfDirectory(atPath: folder)
            #expect(!left.contains { $0.hasPrefix(".hooksim-backup") }, "\(left)")

            let store = try Store(path: copy)
            let found = try await store.read { connection in
                let rows = try connection.prepare("SELECT id FROM events")
                var found: Set<String> = []
                while try rows.step() { found.insert(try rows.identifier(0).description) }
                return found
            }
            #expect(found == ids)
            try await store.close()
        }
    }
}
