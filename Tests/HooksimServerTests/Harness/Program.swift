import Foundation
import Synchronization
import Webhooks

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The `hooksim` executable next to the tests, run with arguments. Its output and errors are collected as they arrive.
final class Program: Sendable {
    private struct Said {
        var output = ""
        var errors = ""
        var openStreams = 0
        var status: Int32?
    }

    private let process: Process
    private let said = Mutex(Said())
    private let changes = ChangeSignal()

    /// - Parameters:
    ///   - shell: A script of the shell that runs the program as `"$@"`, with other streams, for example.
    ///   - isOnTerminal: Whether the program writes to a terminal; ``output`` then has its errors, too.
    init(
        _ arguments: [String], environment: [String: String] = [:], shell: String? = nil, isOnTerminal: Bool = false
    ) throws {
        let program = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
            .deletingLastPathComponent().appending(path: "hooksim")
        process = Process()
        process.executableURL = shell == nil ? program : URL(filePath: "/bin/sh")
        process.arguments = (shell.map { ["-c", $0, "sh", program.path] } ?? []) + arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { _, new in new }
        process.standardInput = FileHandle.nullDevice
        process.terminationHandler = { [weak self] process in self?.update { $0.status = process.terminationStatus } }
        if isOnTerminal {
            var (own, its): (Int32, Int32) = (-1, -1)
            guard openpty(&own, &its, nil, nil, nil) == 0 else { throw POSIXError(.ENXIO) }
            let terminal = FileHandle(fileDescriptor: its, closeOnDealloc: false)
            process.standardOutput = terminal
            process.standardError = terminal
            try Self.run(process)
            close(its)
            collect(own) { $0.output += $1 }
        } else {
            let (output, errors) = (Pipe(), Pipe())
            process.standardOutput = output
            process.standardError = errors
            try Self.run(process)
            collect(dup(output.fileHandleForReading.fileDescriptor)) { $0.output += $1 }
            collect(dup(errors.fileHandleForReading.fileDescriptor)) { $0.errors += $1 }
        }
    }

    /// Starts a process with no signal blocked, so that it can be interrupted. A child inherits the blocked signals of
    /// the thread that starts it, and a thread of a thread pool blocks nearly all signals.
    private static func run(_ process: Process) throws {
        var none = sigset_t()
        var before = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        try process.run()
    }

    /// The text that the program has written to its standard output.
    var output: String { said.withLock { $0.output } }

    /// The text that the program has written to its standard error.
    var errors: String { said.withLock { $0.errors } }

    /// Returns the exit status once the program has ended by itself. A program that does not end within a minute is
    /// killed.
    func end() async -> Int32 {
        let patience = Task { [process] in
            try await Task.sleep(for: .seconds(60))
            kill(process.processIdentifier, SIGKILL)
        }
        await wait { $0.status != nil && $0.openStreams == 0 }
        patience.cancel()
        return said.withLock { $0.status ?? -1 }
    }

    /// Interrupts the program, as ^C does, and returns its exit status.
    func stop() async -> Int32 {
        send(SIGINT)
        return await end()
    }

    /// Sends a signal to the program, or to its shell if that has not replaced itself by the program.
    func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

    /// Returns once the output contains a text, or has ended.
    func waitForOutput(_ text: String) async { await wait { $0.output.contains(text) || $0.openStreams == 0 } }

    /// Returns once the errors contain a text, or have ended.
    func waitForErrors(_ text: String) async { await wait { $0.errors.contains(text) || $0.openStreams == 0 } }

    private func wait(until isDone: (Said) -> Bool) async {
        while true {
            let version = changes.version
            if said.withLock({ isDone($0) }) { return }
            await changes.wait(after: version)
        }
    }

    private func update(_ body: (inout Said) -> Void) {
        said.withLock { body(&$0) }
        changes.notify()
    }

    /// Reads in a separate thread until the other side has ended. A terminal ends with a read error, on which
    /// `FileHandle` would terminate the process.
    private func collect(_ descriptor: Int32, _ add: @escaping @Sendable (inout Said, String) -> Void) {
        update { $0.openStreams += 1 }
        Thread.detachNewThread { [self] in
            var bytes = [UInt8](repeating: 0, count: 4096)
            while true {
                let count = read(descriptor, &bytes, bytes.count)
                guard count > 0 else { break }
                let text = String(decoding: bytes[..<count], as: UTF8.self)
                update { add(&$0, text) }
            }
            close(descriptor)
            update { $0.openStreams -= 1 }
        }
    }
}
