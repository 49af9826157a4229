import Foundation
import HooksimServer
import NIOCore
import NIOPosix

/// A receiver of the reader's own, run by a shell on a free port that it is told in `PORT`.
package final class ReceiverProgram: StartedReceiver {
    private let port: Int
    private let process: Process

    private init(port: Int, process: Process) {
        self.port = port
        self.process = process
    }

    package var url: String { "http://127.0.0.1:\(port)" }

    private static let longestStart = Duration.seconds(10)

    /// Returns once the program accepts connections.
    package static func start(_ command: String) async throws -> ReceiverProgram {
        let port = try await freePort()
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        // exec, so that what is stopped at the end is the program and not its shell.
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

    package func stop() async {
        await ChildProcess(process: process).end(SIGTERM)
    }

    private static func freePort() async throws -> Int {
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton).bind(
            host: "127.0.0.1", port: 0
        ).get()
        let port = channel.localAddress?.port ?? 0
        // Closed before the program starts: `accepts` would take this listener for the program's.
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
