import HooksimClient
import NIOHTTP1

/// Queues every failed event again.
struct RetryStep: ScenarioAction {
    static let name = "retry"
    static let schema = """
        description: 'Sends `POST /webhooks/retry`, which queues every failed event again.'
        type: object or null
        maxProperties: 0
        """

    static func parse(_ node: ScenarioNode, _ parser: inout ScenarioParser) -> Self? {
        parser.checkNothing(node, name)
        return Self()
    }

    var title: String { "retry" }

    func run(in runner: isolated ScenarioRunner) async throws {
        let response = try await runner.session.request(.POST, "/webhooks/retry")
        guard response.status == 200 else {
            throw StepFailure("retry got \(response.status): \(response.message)")
        }
        await runner.waitUntilIdle()
    }
}
