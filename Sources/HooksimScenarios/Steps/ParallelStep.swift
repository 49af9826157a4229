/// Runs steps all at once.
struct ParallelStep: ScenarioAction {
    static let name = "parallel"
    static let schema = """
        description: 'Runs steps all at once, and goes on when all are done.'
        $ref: steps
        """

    /// The steps that run at once.
    let steps: [ScenarioStep]

    static func parse(_ node: ScenarioNode, _ parser: inout ScenarioParser) -> Self? {
        Self(steps: parser.steps(node, name))
    }

    var title: String { "parallel \(steps.count) steps" }

    var count: Int { ScenarioStep.count(steps) }

    func run(in runner: isolated ScenarioRunner) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for step in steps { group.addTask { try await step.action.run(in: runner) } }
            try await group.waitForAll()
        }
    }
}
