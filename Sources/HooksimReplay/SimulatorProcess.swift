import Foundation
package import HooksimClient
package import HooksimScenarios
import NIOPosix
import StrictJSON
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
    private var process: Process?
    private var input: Pipe?

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
        let process = Process()
        process.executableURL = URL(filePath: executable)
        process.arguments = [
            "serve", "--port", "0", "--host", "127.0.0.1", "--store", folder.appending(path: "store").path,
            "--seed", String(scenario.seed), "--clock", "frozen@\(instant)", "--profile", scenario.profile.rawValue,
            "--config", configurationFile.path, "--until-input-ends",
        ]
        // The variables in the user's environment configure another simulator, so they are not passed on.
        process.environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("HOOKSIM_") }
        // The pipe stays open for as long as this process lives; the simulator stops when it is closed.
        let input = Pipe()
        process.standardInput = input
        let output = Pipe()
        process.standardOutput = output
        try ChildProcess.run(process)
        self.process = process
        self.input = input
        let line = try await Self.firstLine(of: output.fileHandleForReading)
        guard let url = (try? JSON(parsing: line.utf8))?["url"]?.string else {
            throw StepFailure("the scenario's simulator did not start")
        }
        transport = HTTPTransport(url: url)
    }

    /// Sends a request, and returns once the head of its response has been received.
    package func open(_ request: ClientRequest) async throws -> OpenResponse { try await transport.open(request) }

    /// Stops or kills the simulator, and starts it again with the same store.
    ///
    /// - Throws: `StepFailure` if the simulator does not start.
    package func restart(_ restart: ScenarioRestart) async throws {
        if let process { await ChildProcess(process: process).end(restart.isKill ? SIGKILL : SIGTERM) }
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
        if let process { await ChildProcess(process: process).end(SIGKILL) }
        try? FileManager.default.removeItem(at: folder)
    }

    /// Returns the ready line, which is read on a thread that may block.
    private static func firstLine(of handle: FileHandle) async throws -> String {
        try await NIOThreadPool.singleton.runIfActive {
            var bytes: [UInt8] = []
            while bytes.last != UInt8(ascii: "\n"), let more = try handle.read(upToCount: 1), !more.isEmpty {
                bytes += more
            }
            return String(decoding: bytes, as: UTF8.self)
        }
    }
}
