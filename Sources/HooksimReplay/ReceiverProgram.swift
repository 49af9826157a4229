import HooksimScenarios
import NIOCore
import NIOPosix
import Subprocess
import Synchronization

/// A receiver that is a program of the user. A shell runs its command, with a free port in the environment variable
/// `PORT`.
package final class ReceiverProgram: StartedReceiver {
    private let port: Int
    private let end: End
    /// Runs for as long as the process; its cancellation ends the process.
    private let process: Task<Void, Never>

    /// How the process has ended, once it has, or why it could not be started.
    private final class End: Sendable {
        let result = Mutex<Result<TerminationStatus, any Error>?>(nil)
    }

    private init(port: Int, command: String) {
        self.port = port
        let end = End()
        self.end = end
        process = Task {
            // With exec the shell is replaced by the program, so that the signal at the end reaches the program.
            let shell = ChildProcess.configuration(
                "/bin/sh", ["-c", "exec \(command)"], .inherit.updating(["PORT": String(port)]))
            do {
                let result = try await run(
                    shell, input: .none, output: .currentStandardError, error: .currentStandardError)
                end.result.withLock { $0 = .success(result.terminationStatus) }
            } catch {
                end.result.withLock { $0 = .failure(error) }
            }
        }
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
        let program = ReceiverProgram(port: port, command: command)
        let deadline = ContinuousClock.now + longestStart
        while ContinuousClock.now < deadline {
            switch program.end.result.withLock({ $0 }) {
            case .success(let status)?:
                throw StepFailure("the receiver's command ended with \(status.number): \(command)")
            case .failure?: throw StepFailure("the receiver's command can't be started: \(command)")
            case nil: break
            }
            if await accepts(port) { return program }
            try await Task.sleep(for: .milliseconds(20))
        }
        await program.stop()
        throw StepFailure("the receiver's command did not listen on PORT \(port) within \(longestStart): \(command)")
    }

    /// Stops the program.
    package func stop() async {
        process.cancel()
        await process.value
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
