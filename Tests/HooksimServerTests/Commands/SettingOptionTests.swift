import FoundationEssentials
import StrictJSON
import Testing
import Webhooks

/// Tests that each setting can be an option of `serve`, in each way that `serve` accepts options.
@Suite struct SettingOptionTests {
    private static let values: [(name: String, text: String, json: JSON)] = [
        ("retry_schedule", "0s,1m30s", ["0s", "1m30s"]), ("retry_jitter", "0.5", .number("0.5")),
        ("delivery_timeout", "3s", "3s"), ("delivery_concurrency", "7", 7), ("rate_limit", "9", 9),
        ("token_ttl", "90s", "1m30s"), ("auto_disable_threshold", "4", 4), ("retention_events", "none", .null),
        ("retention_attempts", "12", 12), ("retention_requests", "13", 13),
    ]

    private func option(_ name: String) -> String { name.replacing("_", with: "-") }

    @Test func `a setting is an argument of serve`() async throws {
        try await expectSettings(of: Self.values.flatMap { ["--" + option($0.name), $0.text] })
    }

    @Test func `a setting is an environment variable of serve`() async throws {
        try await expectSettings(
            environment: Dictionary(
                uniqueKeysWithValues: Self.values.map { ("HOOKSIM_" + $0.name.uppercased(), $0.text) }))
    }

    @Test func `a setting is a key of the configuration file of serve`() async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "settings-\(UUID()).yaml")
        defer { try? FileManager.default.removeItem(at: file) }
        let lines = Self.values.map { "\(option($0.name)): \($0.text.contains(",") ? "[\($0.text)]" : $0.text)\n" }
        try Data(lines.joined().utf8).write(to: file)
        try await expectSettings(of: ["--config", file.path])
    }

    private func expectSettings(of arguments: [String] = [], environment: [String: String] = [:]) async throws {
        #expect(Self.values.map(\.name) == Settings.names)
        let program = try Program(["serve", "--port", "0"] + arguments, environment: environment)
        await program.waitForOutput("\n")
        let ready = try JSON(parsing: Array(program.output.utf8))
        let url = try #require(ready["url"]?.string, "\(program.errors)")
        let settings = try await TestClient(url).send(.get, "/__admin/settings").json
        for (name, _, json) in Self.values { #expect(settings[name] == json, "\(name)") }
        #expect(await program.stop() == 0)
    }

    @Test func `help lists each setting, and a wrong value is refused by the setting's own rule`() async throws {
        let help = try Program(["serve", "--help"], environment: ["COLUMNS": "500"])
        #expect(await help.end() == 0)
        for setting in Settings.definitions {
            #expect(help.output.contains("--\(setting.optionName) <\(setting.optionName)>"), "\(setting.name)")
        }
        let refused = try Program(["serve", "--port", "0", "--delivery-concurrency", "0"])
        #expect(await refused.end() == 2)
        #expect(refused.errors.contains("--delivery-concurrency must be a whole number from 1 to 1024"))
    }
}
