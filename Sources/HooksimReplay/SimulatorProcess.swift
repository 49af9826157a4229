import Foundation
package import HooksimClient
package import HooksimServer
import NIOPosix
package import Webhooks

/// A simulator of a scenario's own: a process, so that it can be killed and started again on its store.
package actor SimulatorProcess: ScenarioTarget {
    private var transport = HTTPTransport(url: "")
    package nonisolated let adminToken: String? = nil
    package let isShared = false

    private let executable: String
    private let scenario: Scenario
    private let folder: URL
    private var process: Process?
    private var input: Pipe?

    /// Starts `executable serve` on a free port, with a store of its own and the scenario's seed and clock.
    /// - Throws: ``SimulatorError``.
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
        // What the user's environment says of another simulator is not meant for this one.
        process.environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("HOOKSIM_") }
        // Held open as long as this process lives.
        let input = Pipe()
        process.standardInput = input
        let output = Pipe()
        process.standardOutput = output
        try ChildProcess.run(process)
        self.process = process
        self.input = input
        let line = try await Self.firstLine(of: output.fileHandleForReading)
        guard let url = (try? JSON(parsing: line.utf8))?["url"]?.string else {
            throw SimulatorError(description: "the scenario's simulator did not start")
        }
        transport = HTTPTransport(url: url)
    }

    package func open(_ request: ClientRequest) async throws -> OpenResponse { try await transport.open(request) }

    package func restart(_ restart: ScenarioRestart) async throws {
        if let process { await ChildProcess(process: process).end(restart.isKill ? SIGKILL : SIGTERM) }
        try await start(at: restart.instant, with: Self.configuration(restart))
    }

    /// The options of `serve` that stand for settings and faults.
    private static func configuration(_ restart: ScenarioRestart) -> JSON {
        var options = JSONObject(
            restart.settings.members.map { name, value in
                (name.split(separator: "_").joined(separator: "-"), value.isNull ? "none" : value)
            })
        options["fault"] = .array(restart.faults.map { .string($0["preset"]?.string ?? $0.description) })
        return .object(options)
    }

    package func stop() async {
        // Nothing of it is needed any more, so it need not finish what is under way.
        if let process { await ChildProcess(process: process).end(SIGKILL) }
        try? FileManager.default.removeItem(at: folder)
    }

    /// The ready line, read on a thread that may block.
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
