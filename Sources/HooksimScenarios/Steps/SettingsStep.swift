import NIOHTTP1
import StrictJSON

/// Changes settings.
struct SettingsStep: ScenarioAction {
    static let name = "settings"
    static let schema = """
        description: Changes settings from here on.
        $ref: settings
        """

    /// The settings that change, with their values.
    let patch: JSONObject

    static func parse(_ node: ScenarioNode, _ parser: inout ScenarioParser) -> Self? {
        parser.settings(node).map { Self(patch: $0) }
    }

    var title: String { "settings \(JSON.object(patch))" }

    func run(in runner: isolated ScenarioRunner) async throws {
        try await runner.session.control(.PATCH, "/settings", .object(patch))
    }
}
