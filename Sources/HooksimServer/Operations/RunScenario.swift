import HooksimScenarios
import NIOCore
import ServiceLifecycle
import Synchronization
import Webhooks

/// The operation that runs a scenario inside the simulator, for a request of the control API or a form of the
/// inspector.
///
/// Scenarios run one at a time, since each sets the clock and the settings and restores them. The operation can't start
/// a program: it parses a scenario as one that names none, and passes on no means to start one.
final class RunScenario: Sendable {
    private let runner: OperationRunner
    private let connections: InnerConnections
    private let adminToken: String?
    private let requests: RequestLog
    private let turns = TurnQueue()
    /// The task of the running scenario.
    private let current = Mutex<Task<ScenarioReport, Never>?>(nil)

    init(runner: OperationRunner, connections: InnerConnections, adminToken: String?, requests: RequestLog) {
        self.runner = runner
        self.connections = connections
        self.adminToken = adminToken
        self.requests = requests
    }

    var isRunning: Bool { current.withLock { $0 != nil } }

    /// Runs a scenario when no other one is running, until the client disconnects, the simulator is reset or the server
    /// stops; the scenario then restores what it changed.
    ///
    /// - Parameter channel: the connection of the client.
    /// - Throws: ``ScenarioProblems`` if the scenario is invalid; an ``APIError`` of 409 if the simulator was reset
    ///   before the scenario began, or if the request is a step of the running scenario, for whose end it would wait.
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
            // The requests of the scenario's client were removed with that client; this removes those without an
            // authenticated client.
            requests.clearInner()
            current.withLock { $0 = nil }
        }
        return await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            task.cancel()
        }
    }

    /// Returns whether a connection carries a step of the running scenario.
    func isStep(_ channel: any Channel) -> Bool { connections.contains(channel) }

    /// Ends the running scenario.
    ///
    /// - Parameter isAwaited: whether to return only after the scenario has restored what it changed.
    func end(isAwaited: Bool) async {
        let task = current.withLock { $0 }
        task?.cancel()
        if isAwaited { _ = await task?.value }
    }
}
