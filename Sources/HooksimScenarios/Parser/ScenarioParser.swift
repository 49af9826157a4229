import StrictJSON
package import Webhooks

/// The source of a scenario, which determines its permissions.
package enum ScenarioSource: Sendable {
    /// A file that a user runs on their own machine.
    case file
    /// A request to the control API of a simulator, by any program that can connect to it. Such a scenario must not
    /// start programs.
    case request
}

/// Converts the nodes of a file into a scenario, and finds all problems before any step runs.
package struct ScenarioParser {
    let source: ScenarioSource
    let samples: [Topic: EventSample]
    private var problems: [ScenarioProblem] = []
    /// The number of lists of steps around the current node.
    var nesting = 0
    var receivers: Set<String> = []
    /// The names that steps have saved so far, with their positions.
    var saved: [(name: String, position: ScenarioNode.Position)] = []
    /// The saved names that steps have used.
    var used: Set<String> = []
    /// The names that placeholders may have without being saved.
    var given: Set<String> = ["client_id", "client_secret"]

    private init(source: ScenarioSource, samples: [Topic: EventSample]) {
        self.source = source
        self.samples = samples
    }

    /// Returns the scenario of a file's root node.
    ///
    /// - Parameters:
    ///   - root: the root node.
    ///   - source: the source of the scenario.
    ///   - samples: the samples of the topics, by which triggers without data are checked.
    /// - Throws: ``ScenarioProblems`` with all problems of the file.
    package static func parse(
        _ root: ScenarioNode, from source: ScenarioSource, samples: [Topic: EventSample]
    ) throws -> Scenario {
        var parser = ScenarioParser(source: source, samples: samples)
        let scenario = parser.scenario(root)
        parser.checkThatSavedIsUsed()
        guard parser.problems.isEmpty else { throw ScenarioProblems(parser.problems) }
        return scenario
    }

    mutating func wrong(_ position: ScenarioNode.Position, _ message: String) {
        problems.append(ScenarioProblem(position, message))
    }

    private mutating func scenario(_ root: ScenarioNode) -> Scenario {
        var scenario = Scenario()
        let keys = ["name", "seed", "clock", "profile", "settings", "receivers", "steps"]
        guard let members = mapping(root, "a scenario", keys) else { return scenario }
        scenario.name = members["name"].flatMap { text($0, "name") }
        if let node = members["seed"] { scenario.seed = seed(node) ?? scenario.seed }
        if let node = members["clock"] { scenario.clock = instant(node, "clock") ?? scenario.clock }
        if let node = members["profile"] { scenario.profile = choice(node, "profile", Profile.self) ?? .sandbox }
        if let node = members["settings"] { scenario.settings = settings(node) ?? JSONObject() }
        if let node = members["receivers"] { scenario.receivers = self.receivers(node) }
        guard let steps = members["steps"] else {
            wrong(root.position, "steps is missing; expected a list of steps")
            return scenario
        }
        scenario.steps = self.steps(steps, "steps")
        let count = ScenarioStep.count(scenario.steps)
        if count > Scenario.maxSteps {
            let number = count == .max ? "more than \(Int.max)" : String(count)
            wrong(
                steps.position,
                "steps are \(number) when repeats are multiplied out; expected at most \(Scenario.maxSteps)")
        }
        return scenario
    }

    private mutating func seed(_ node: ScenarioNode) -> UInt64? {
        if case .number(let digits) = node.json, let seed = UInt64(digits) { return seed }
        wrong(node.position, "seed is \(node.shown); expected a whole number from 0 to \(UInt64.max)")
        return nil
    }
}
