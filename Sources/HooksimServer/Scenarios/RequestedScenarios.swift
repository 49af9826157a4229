import Webhooks

/// Runs the scenarios that come by request, over the control API or from the inspector's form, inside of this simulator.
///
/// It starts no program: it reads a scenario as one that names none, and has nothing that could start one.
struct RequestedScenarios: Sendable {
    let connections: InnerConnections
    let adminToken: String?
    let requests: RequestLog

    /// - Throws: ``ScenarioProblems``, before anything runs.
    func run(_ text: String) async throws -> ScenarioReport {
        let scenario = try ScenarioFile.parse(text, from: .request)
        let target = OwnSimulator(connections, adminToken: adminToken)
        // Those of its own client are forgotten with that client; these are the requests that no client was authenticated for.
        defer { requests.clearInner() }
        return await ScenarioRunner(scenario, name: scenario.name ?? "scenario", target: target).run()
    }
}
