import Foundation

/// A program that a scenario has started.
struct ChildProcess: Sendable {
    let process: Process

    /// How long a program may take to end by itself.
    private static let patience = Duration.seconds(20)

    /// Sends a signal and returns when the program has ended; one that does not end is killed.
    ///
    /// It looks again and again instead of calling `waitUntilExit`, which needs a run loop that a task's thread does not have.
    func end(_ signal: Int32) async {
        kill(process.processIdentifier, signal)
        let deadline = ContinuousClock.now + Self.patience
        while process.isRunning, ContinuousClock.now < deadline { try? await Task.sleep(for: .milliseconds(2)) }
        guard process.isRunning else { return }
        kill(process.processIdentifier, SIGKILL)
        while process.isRunning { try? await Task.sleep(for: .milliseconds(2)) }
    }
}
