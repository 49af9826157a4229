import Foundation
package import HooksimClient
package import HooksimScenarios
import StrictJSON
import Subprocess
import Webhooks

/// A simulator that belongs to one scenario. It is a process, so that it can be killed and restarted with the same
/// store.
package actor SimulatorProcess: ScenarioTarget {
    private var transport = HTTPTransport(url: "")
    /// Always `nil`, since the simulator is started without a token of the control API.
    package nonisolated let adminToken: String? = nil
    /// Always `false`, since only the scenario uses the simulator.
    package let isShared = false

    private let executable: String
    private let scenario: Scenario
    private let folder: URL
    private var process: Running?

    /// A process that runs until it is ended.
    private struct Running {
        let task: Task<Void, Never>
        let endings: AsyncStream<[TeardownStep]>.Continuation

        func end(_ steps: [TeardownStep]) async {
            endings.yield(steps)
            await task.value
        }
    }

    /// Starts `executable serve` on a free port, with a new store and the scenario's seed and clock.
    ///
    /// - Parameters:
    ///   - executable: the path of the `hooksim` program.
    ///   - scenario: the scenario whose seed, clock and profile the simulator gets.
    /// - Throws: `StepFailure` if the simulator does not start.
    package init(executable: String, scenario: Scenario) async throws {
        self.executable = executable
        self.scenario = scenario
        folder = FileManager.default.temporaryDirectory.appending(path: "hooksim-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try await start(at: scenario.clock)
    }

    private func start(at instant: Timestamp, with configuration: JSON = [:]) async throws {
        let configurationFile = folder.appending(path: "configuration.json")
        try Data(configuration.encoded).write(to: configurationFile)
        let arguments = [
            "serve", "--port", "0", "--host", "127.0.0.1", "--store", folder.appending(path: "store").path,
            "--seed", String(scenario.seed), "--clock", "frozen@\(instant)", "--profile", scenario.profile.rawValue,
            "--config", configurationFile.path, "--until-input-ends",
        ]
        // The variables in the user's environment configure another simulator, so they are not passed on.
        let environment = Environment.inherit.updating(
            Dictionary(
                uniqueKeysWithValues: ProcessInfo.processInfo.environment.keys.filter { $0.hasPrefix("HOOKSIM_") }
                    .map { (Environment.Key(stringLiteral: $0), nil) }))
        let line = await run(ChildProcess.configuration(executable, arguments, environment))
        guard let url = (try? JSON(parsing: line))?["url"]?.string else {
            process?.endings.finish()
            throw StepFailure("the scenario's simulator did not start")
        }
        transport = HTTPTransport(url: url)
    }

    /// Starts the process, and returns its first line; it is empty if there is none.
    private func run(_ configuration: Configuration) async -> [UInt8] {
        let (lines, line) = AsyncStream<[UInt8]>.makeStream()
        let (endings, ending) = AsyncStream<[TeardownStep]>.makeStream()
        let task = Task {
            defer { line.finish() }
            _ = try? await Subprocess.run(
                configuration, input: .inputWriter, output: .sequence, error: .currentStandardError
            ) { execution in
                line.yield(try await Self.firstLine(of: execution.standardOutput))
                // Until then, the input stays open; the simulator stops when it is closed.
                for await steps in endings { return await execution.teardown(using: steps) }
            }
        }
        process = Running(task: task, endings: ending)
        for await line in lines { return line }
        return []
    }

    /// Sends a request, and returns once the head of its response has been received.
    package func open(_ request: ClientRequest) async throws -> OpenResponse { try await transport.open(request) }

    /// Stops or kills the simulator, and starts it again with the same store.
    ///
    /// - Throws: `StepFailure` if the simulator does not start.
    package func restart(_ restart: ScenarioRestart) async throws {
        await process?.end(restart.isKill ? ChildProcess.kill : ChildProcess.gracefulEnd)
        try await start(at: restart.instant, with: Self.configuration(restart))
    }

    /// Returns the options of `serve` for the settings and the fault rules of a restart.
    private static func configuration(_ restart: ScenarioRestart) -> JSON {
        var options = JSONObject(
            restart.settings.members.map { name, value in
                (name.split(separator: "_").joined(separator: "-"), value.isNull ? "none" : value)
            })
        options["fault"] = .array(restart.faults.map { .string($0["preset"]?.string ?? $0.description) })
        return .object(options)
    }

    /// Kills the simulator and removes its store.
    package func stop() async {
        // The store is removed next, so the simulator need not finish its work.
        await process?.end(ChildProcess.kill)
        try? FileManager.default.removeItem(at: folder)
    }

    /// Returns the ready line.
    private static func firstLine(of output: SubprocessOutputSequence) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        for try await part in output {
            bytes += part.withUnsafeBytes { Array($0) }
            if bytes.last == UInt8(ascii: "\n") { break }
        }
        return bytes
    }
}
