import NIOHTTP1
import StrictJSON
import Webhooks

/// Restarts the simulator on the same store.
struct RestartStep: ScenarioAction {
    static let name = "restart"
    static let schema = """
        description: >-
          Stops the simulator and starts it again on the same store, at the same instant: `kill` gives it no chance to finish
          anything.
        enum: [kill, graceful]
        """

    /// Whether the simulator is killed instead of stopped gracefully.
    let isKill: Bool

    static func parse(_ node: ScenarioNode, _ parser: inout ScenarioParser) -> Self? {
        parser.word(node, name, ["kill", "graceful"]).map { Self(isKill: $0 == "kill") }
    }

    var title: String { "restart \(isKill ? "kill" : "graceful")" }

    /// Restarts the simulator, and sets its settings and fault rules again, which are in the memory of the process.
    func run(in runner: isolated ScenarioRunner) async throws {
        let now = try await runner.session.control(.GET, "/clock")["now"]?.string ?? ""
        let settings = try await runner.session.control(.GET, "/settings").object ?? JSONObject()
        try await runner.target.restart(
            ScenarioRestart(
                isKill: isKill, instant: try Timestamp(iso8601: now), settings: settings, faults: runner.faults))
        let rules = try await runner.session.control(.GET, "/faults")["data"]?.array ?? []
        runner.faultIDs = rules.compactMap { $0["id"]?.string }
        await runner.waitUntilIdle()
    }
}
