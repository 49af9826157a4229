import FoundationEssentials
import Testing

/// Tests of what `hooksim replay` reports, and of its check of files.
@Suite struct ReplayCommandTests {
    private static let failing = """
        name: A & B
        receivers:
          shop: { respond: [200] }
        steps:
          - subscribe: { topic: invoice_paid, to: shop }
          - expect: { of: events, count: 7, timeout: 0s }
          - retry: {}
          - repeat: { times: 2, steps: [retry: {}] }
        """

    private static func file(_ path: String) -> String? {
        FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Runs `body` with the path of a scenario and the path that a report is to have.
    private static func withScenario(_ text: String, _ body: (String, String) async throws -> Void) async throws {
        try await withTemporaryStore { path in
            let scenario = path + ".yaml"
            #expect(FileManager.default.createFile(atPath: scenario, contents: Data(text.utf8)))
            try await body(scenario, path + ".xml")
        }
    }

    @Test func `a report has each step as a test case, also those that were skipped`() async throws {
        try await Self.withScenario(Self.failing) { scenario, report in
            let program = try Program(["replay", scenario, "--junit", report])
            #expect(await program.end() == 1)
            let text = try #require(Self.file(report))
            #expect(
                text.contains(#"<testsuites name="hooksim replay" tests="4" failures="1" errors="0" skipped="2" time="#)
            )
            #expect(text.contains(#"<testsuite name="A &amp; B" tests="4" failures="1" errors="0" skipped="2" time="#))
            #expect(text.contains("<failure message=\"expected exactly 7 events"), "\(text)")
            #expect(text.contains(":7 retry\" time=\"0.0\">\n      <skipped/>"), "\(text)")
        }
    }

    @Test func `a report says which file is wrong`() async throws {
        try await Self.withScenario("steps: [{ trigerr: {} }]") { scenario, report in
            let program = try Program(["replay", scenario, "--junit", report])
            #expect(await program.end() == 2)
            let text = try #require(Self.file(report))
            #expect(text.contains("tests=\"1\" failures=\"0\" errors=\"1\""), "\(text)")
            #expect(text.contains("<error message=\"\(scenario):1:"), "\(text)")
        }
    }

    @Test(arguments: ["--junit", "--journal"])
    func `a report that can't be written is said before a scenario runs`(option: String) async throws {
        try await Self.withScenario(Self.failing) { scenario, _ in
            let program = try Program(["replay", scenario, option, "/nonexistent/report"])
            #expect(await program.end() == 1)
            #expect(program.errors.contains("/nonexistent/report can't be written: No such file or directory"))
            #expect(program.output.isEmpty)
        }
    }

    @Test func `a report is not written to a folder, which is said before a scenario runs`() async throws {
        try await Self.withScenario(Self.failing) { scenario, _ in
            let program = try Program(["replay", scenario, "--junit", "/"])
            #expect(await program.end() == 1)
            #expect(program.errors == "hooksim: / can't be written: Is a directory\n")
            #expect(program.output.isEmpty)
        }
    }

    @Test func `files are checked without being run`() async throws {
        try await Self.withScenario(Self.failing) { scenario, _ in
            let valid = try Program(["replay", "--check", scenario])
            #expect(await valid.end() == 0)
            #expect(valid.output == "1 scenario is valid\n")
        }
        try await Self.withScenario("steps: [{ trigerr: {} }]") { scenario, _ in
            let wrong = try Program(["replay", "--check", scenario])
            #expect(await wrong.end() == 2)
            #expect(wrong.errors.contains("\(scenario):1:"))
        }
    }
}
