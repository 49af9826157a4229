/// Runs steps several times.
struct RepeatStep: ScenarioAction {
    static let name = "repeat"
    static let schema = """
        description: Runs steps several times.
        object: {times: {description: How many times., type: integer, minimum: 1, maximum: 10000}, steps: steps}
        """

    /// The number of times.
    let times: Int
    /// The steps that are repeated.
    let steps: [ScenarioStep]

    static func parse(_ node: ScenarioNode, _ parser: inout ScenarioParser) -> Self? {
        guard let members = parser.mapping(node, name, ["times", "steps"]) else { return nil }
        guard let times = members["times"], let steps = members["steps"] else {
            parser.wrong(node.position, "repeat needs times and steps; expected both")
            return nil
        }
        let count = parser.integer(times, "times", in: 1...10_000)
        let repeated = parser.steps(steps, "steps")
        return count.map { Self(times: $0, steps: repeated) }
    }

    var title: String { "repeat \(times) times" }

    var count: Int {
        let (product, isTooLarge) = times.multipliedReportingOverflow(by: max(1, ScenarioStep.count(steps)))
        return isTooLarge ? .max : product
    }

    var repetition: (times: Int, steps: [ScenarioStep])? { (times, steps) }

    /// Runs the steps in a place where they are not reported one by one, such as beside others in `parallel`.
    func run(in runner: isolated ScenarioRunner) async throws {
        for _ in 0..<times { for step in steps { try await step.action.run(in: runner) } }
    }
}
