import Webhooks

/// Waits in real time.
struct WaitRealStep: ScenarioAction {
    static let name = "wait_real"
    static let schema = """
        description: Waits in real time; `advance` moves the scenario's time and is nearly always what you want.
        $ref: duration
        """

    /// How long the step waits.
    let span: TimeSpan

    static func parse(_ node: ScenarioNode, _ parser: inout ScenarioParser) -> Self? {
        parser.span(node, name).map { Self(span: $0) }
    }

    var title: String { "wait_real \(span)" }

    func run(in runner: isolated ScenarioRunner) async throws {
        do {
            try await Task.sleep(for: .milliseconds(span.milliseconds))
        } catch {
            throw StepFailure.ended
        }
    }
}
