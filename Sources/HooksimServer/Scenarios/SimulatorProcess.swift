import Foundation
import NIOPosix
package import Webhooks

/// A simulator of a scenario's own: a process, so that it can be killed and started again on its store.
package actor SimulatorProcess: ScenarioTarget {
    package private(set) var url = ""
    package let adminToken: String? = nil
    package let isShared = false

    private let executable: String
    private let scenario: Scenario
    private let folder: URL
    private var process: Process?

    /// Starts `executable serve` on a free port, with a store of its own and the scenario's seed and clock.
    /// - Throws: ``SimulatorError``.
    package init(executable: String, scenario: Scenario) async throws {
        self.executable = executable
        self.scenario = scenario
        folder = FileManager.default.temporaryDirectory.appending(path: "hooksim-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try await start(at: scenario.clock)
    }

    private func start(at instant: Timestamp) async throws {
        let process = Process()
        process.executableURL = URL(filePath: executable)
        process.arguments = [
            "serve", "--port", "0", "--host", "127.0.0.1", "--store", folder.appending(path: "store").path,
            "--seed", String(scenario.seed), "--clock", "frozen@\(instant)", "--profile", scenario.profile.rawValue,
        ]
        // What the user's environment says of another simulator is not meant for this one.
        process.environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("HOOKSIM_") }
        let output = Pipe()
        process.standardOutput = output
        try ChildProcess.run(process)
        self.process = process
        let line = try await Self.firstLine(of: output.fileHandleForReading)
        guard let url = (try? JSON(parsing: line.utf8))?["url"]?.string else {
            throw SimulatorError(description: "the scenario's simulator did not start")
        }
        self.url = url
    }

    package func restart(isKill: Bool, at instant: Timestamp) async throws {
        if let process { await ChildProcess(process: process).end(isKill ? SIGKILL : SIGTERM) }
        try await start(at: instant)
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

/// A simulator that runs already: it is neither stopped nor restarted.
package struct RunningSimulator: ScenarioTarget {
    package let url: String
    package let adminToken: String?
    package let isShared = true

    package init(url: String, adminToken: String?) {
        self.url = url
        self.adminToken = adminToken
    }

    package func restart(isKill: Bool, at instant: Timestamp) async throws {
        throw SimulatorError(description: "restart needs a simulator of the scenario's own; run it without --against")
    }

    package func stop() {}
}
