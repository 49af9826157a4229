package import Foundation

/// A child process that a scenario has started.
package struct ChildProcess: Sendable {
    let process: Process

    /// The maximum time between the signal and the end of the process, after which it is killed.
    private static let patience = Duration.seconds(20)

    /// Starts a process with no signal blocked, so that it can be stopped. A child inherits the blocked signals of the
    /// thread that starts it, and a thread of a thread pool blocks nearly all signals.
    ///
    /// - Throws: an error of Foundation if the process can't be started.
    package static func run(_ process: Process) throws {
        var none = sigset_t()
        var before = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        try process.run()
    }

    /// Sends a signal, and returns when the process has ended; a process that does not end in time is killed.
    ///
    /// The function polls, because `waitUntilExit` needs a run loop, which the thread of a task does not have.
    func end(_ signal: Int32) async {
        kill(process.processIdentifier, signal)
        let deadline = ContinuousClock.now + Self.patience
        while process.isRunning, ContinuousClock.now < deadline { try? await Task.sleep(for: .milliseconds(2)) }
        guard process.isRunning else { return }
        kill(process.processIdentifier, SIGKILL)
        while process.isRunning { try? await Task.sleep(for: .milliseconds(2)) }
    }
}
