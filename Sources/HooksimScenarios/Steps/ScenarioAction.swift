/// The action of a step: its name, its schema, how it is parsed, and how it is run.
///
/// Each kind of action is one type in a file of its own, and an element of ``ScenarioSteps/all``. The parser, its
/// messages, the runner, its reports and the schema know it from there.
package protocol ScenarioAction: Sendable {
    /// The key of a step that has this action.
    static var name: String { get }
    /// The schema of the value of the key, as YAML in the short form of the parts of schemas.
    static var schema: String { get }

    /// Returns the action of a step; returns `nil` if it can't, after it has reported the problems to the parser.
    ///
    /// - Parameters:
    ///   - node: the value of the key.
    ///   - parser: the parser of the scenario.
    static func parse(_ node: ScenarioNode, _ parser: inout ScenarioParser) -> Self?

    /// The step as one line of text.
    var title: String { get }
    /// The number of steps as which this one counts, with each repetition; `Int.max` if the number overflows.
    var count: Int { get }
    /// The steps that the runner runs and reports one by one in place of this one, and how often; `nil` for a step that
    /// is reported itself.
    var repetition: (times: Int, steps: [ScenarioStep])? { get }

    /// Runs the step with what the runner holds: the session, the receivers, and the values that are saved.
    ///
    /// - Throws: ``StepFailure`` if the step fails.
    func run(in runner: isolated ScenarioRunner) async throws
}

extension ScenarioAction {
    /// A step without steps in it counts as one.
    package var count: Int { 1 }
    /// A step is reported itself unless it says otherwise.
    package var repetition: (times: Int, steps: [ScenarioStep])? { nil }
}
