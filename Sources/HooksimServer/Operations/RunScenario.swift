import NIOCore
import ServiceLifecycle
import Synchronization
import Webhooks

/// The operation that runs a scenario inside of this simulator, from a request of the control API or the inspector's form.
///
/// Scenarios take turns, since each sets the clock and the settings, and restores them. It starts no program: it reads a scenario as one
/// that names none, and has nothing that could start one.
final class RunScenario: Sendable {
    private let runner: OperationRunner
    private let connections: InnerConnections
    private let adminToken: String?
    private let requests: RequestLog
    private let turns = TurnQueue()
    /// The scenario that has its turn.
    private let current = Mutex<Task<ScenarioReport, Never>?>(nil)

    init(runner: OperationRunner, connections: InnerConnections, adminToken: String?, requests: RequestLog) {
        self.runner = runner
        self.connections = connections
        self.adminToken = adminToken
        self.requests = requests
    }

    var isRunning: Bool { current.withLock { $0 != nil } }

    /// Runs a scenario in its turn, until the client disconnects, the simulator is reset or the server stops; then it restores what it
    /// changed.
    ///
    /// - Parameter channel: the connection of the client.
    /// - Throws: ``ScenarioProblems`` before anything runs; an ``APIError`` of 409 when the simulator was reset before its turn came, or
    ///   when the request is a step of the scenario under way, whose end it would wait for.
    func run(_ text: String, on channel: any Channel) async throws -> ScenarioReport {
        guard !isStep(channel) else {
            throw APIError.conflict("a scenario can't run another one; put the steps of both into one scenario")
        }
        let scenario = try ScenarioFile.parse(text, from: .request)
        let resets = runner.partners.resets
        return try await channel.whileClientIsConnected {
            try await self.turns.withTurn { try await self.run(scenario, resets: resets) }
        }
    }

    private func run(_ scenario: Scenario, resets: Int) async throws -> ScenarioReport {
        let target = OwnSimulator(connections, adminToken: adminToken)
        let task = try await runner.run {
            guard runner.partners.resets == resets else {
                throw APIError.conflict("the simulator was reset before the scenario began; run it again")
            }
            let task = Task {
                await ScenarioRunner(scenario, name: scenario.name ?? "scenario", target: target).run()
            }
            current.withLock { $0 = task }
            return (task, .none)
        }
        defer {
            // Those of its own client were forgotten with that client; these are the requests that no client was authenticated for.
            requests.clearInner()
            current.withLock { $0 = nil }
        }
        return await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            task.cancel()
        }
    }

    /// Whether a connection carries a step of the scenario under way.
    func isStep(_ channel: any Channel) -> Bool { connections.contains(channel) }

    /// Ends the scenario under way.
    ///
    /// - Parameter isAwaited: whether to return once it has restored what it changed.
    func end(isAwaited: Bool) async {
        let task = current.withLock { $0 }
        task?.cancel()
        if isAwaited { _ = await task?.value }
    }
}
