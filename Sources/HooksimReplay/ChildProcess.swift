package import Foundation

/// A program that a scenario has started.
package struct ChildProcess: Sendable {
    let process: Process

    /// How long a program may take to end by itself.
    private static let patience = Duration.seconds(20)

    /// Starts a program that can be stopped: it inherits the signals that its starter's thread blocks, and a thread of a pool blocks
    /// nearly all of them.
    package static func run(_ process: Process) throws {
        var none = sigset_t()
        var before = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        try process.run()
    }

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
