package import HooksimScenarios

extension ScenarioRunner {
    /// Creates a runner whose scripted receivers are served as `hooksim listen` serves its own.
    ///
    /// - Parameters:
    ///   - startProgram: starts the programs of `command:` receivers; if it is `nil`, such receivers are refused.
    ///   - onStep: is called after each step.
    package init(
        _ scenario: Scenario, name: String, target: any ScenarioTarget, startProgram: ProgramStarter? = nil,
        onStep: @escaping @Sendable (ScenarioReport.Step) -> Void = { _ in }
    ) {
        self.init(
            scenario, name: name, target: target, startScripted: { try await ScriptedReceiver.start($0) },
            startProgram: startProgram, onStep: onStep)
    }
}
