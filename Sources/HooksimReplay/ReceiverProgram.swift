import Foundation
import HooksimScenarios
import NIOCore
import NIOPosix

/// A receiver that is a program of the user. A shell runs its command, with a free port in the environment variable
/// `PORT`.
package final class ReceiverProgram: StartedReceiver {
    private let port: Int
    private let process: Process

    private init(port: Int, process: Process) {
        self.port = port
        self.process = process
    }

    /// The URL of the receiver, on the loopback address.
    package var url: String { "http://127.0.0.1:\(port)" }

    private static let longestStart = Duration.seconds(10)

    /// Runs a command, and returns once the program accepts connections.
    ///
    /// - Parameter command: a command of the shell.
    /// - Throws: `StepFailure` if the command can't be started, ends, or does not accept connections in time.
    package static func start(_ command: String) async throws -> ReceiverProgram {
        let port = try await freePort()
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        // With exec the shell is replaced by the program, so that the signal at the end reaches the program.
        process.arguments = ["-c", "exec \(command)"]
        process.environment = ProcessInfo.processInfo.environment.merging(["PORT": String(port)]) { _, new in new }
        process.standardOutput = FileHandle.standardError
        do {
            try ChildProcess.run(process)
        } catch {
            throw StepFailure("the receiver's command can't be started: \(command)")
        }
        let program = ReceiverProgram(port: port, process: process)
        let deadline = ContinuousClock.now + longestStart
        while ContinuousClock.now < deadline {
            guard process.isRunning else {
                throw StepFailure("the receiver's command ended with \(process.terminationStatus): \(command)")
            }
            if await accepts(port) { return program }
            try await Task.sleep(for: .milliseconds(20))
        }
        await program.stop()
        throw StepFailure("the receiver's command did not listen on PORT \(port) within \(longestStart): \(command)")
    }

    /// Stops the program.
    package func stop() async {
        await ChildProcess(process: process).end(SIGTERM)
    }

    private static func freePort() async throws -> Int {
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton).bind(
            host: "127.0.0.1", port: 0
        ).get()
        let port = channel.localAddress?.port ?? 0
        // The listener is closed before the program starts, because `accepts` would mistake it for the program.
        try await channel.close()
        return port
    }

    private static func accepts(_ port: Int) async -> Bool {
        guard
            let channel = try? await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton).connect(
                host: "127.0.0.1", port: port
            ).get()
        else { return false }
        try? await channel.close()
        return true
    }
}
