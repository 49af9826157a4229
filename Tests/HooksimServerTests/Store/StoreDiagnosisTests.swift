import Foundation
import SQLite
import Testing

@testable import HooksimServer

@Suite struct StoreDiagnosisTests {
    @Test func `a store in use is well, and its user is named`() async throws {
        try await withTemporaryStore { path in
            let store = try Store(path: path)
            let diagnosis = StoreDiagnosis(path: path)
            #expect(diagnosis.problems == [])
            #expect(diagnosis.facts.contains { $0.contains("mode 600") }, "\(diagnosis.facts)")
            try await store.close()
        }
    }

    @Test(
        arguments: [
            (0o600, "garbage, and more of it", "is not a SQLite database"), (0o644, "", "others can read"),
            (0o660, "", "others can read"),
        ])
    func `what keeps a store from being used, or private, is a problem`(mode: Int, content: String, problem: String)
        async throws
    {
        try await withTemporaryStore { path in
            try Data(content.utf8).write(to: URL(fileURLWithPath: path))
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
            let problems = StoreDiagnosis(path: path).problems
            #expect(problems.count == 1)
            #expect(problems.first?.contains(problem) == true, "\(problems)")
        }
    }

    @Test func `a folder that is not there is a problem`() {
        #expect(!StoreDiagnosis(path: "/nonexistent/store.db").problems.isEmpty)
    }

    @Test func `a store in memory has nothing that could be wrong`() {
        #expect(StoreDiagnosis(path: ":memory:").problems == [])
    }
}
