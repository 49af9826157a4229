/// Removes the fault rules of the scenario.
struct ClearFaultsStep: ScenarioAction {
    static let name = "clear_faults"
    static let schema = """
        description: Removes all fault rules.
        type: object or null
        maxProperties: 0
        """

    static func parse(_ node: ScenarioNode, _ parser: inout ScenarioParser) -> Self? {
        parser.checkNothing(node, name)
        return Self()
    }

    var title: String { "clear faults" }

    func run(in runner: isolated ScenarioRunner) async throws {
        runner.faults = []
        try await runner.clearFaults()
    }
}
