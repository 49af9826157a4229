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

/// Creates a pipe. `pipe` of the system has the name of a method.
private func systemPipe(_ ends: inout [Int32]) -> Int32 { pipe(&ends) }

/// The `hooksim` executable next to the tests, run with arguments. Its output and errors are collected as they arrive.
final class Program: Sendable {
    private struct Said {
        var output = ""
        var errors = ""
        var openStreams = 0
        var status: Int32?
    }

    private let process: pid_t
    private let said = Mutex(Said())
    /// Programs are started in turn, because one that starts meanwhile would inherit the other's pipes, and keep them open.
    private static let turn = Mutex(())
    private let changes = ChangeSignal()

    /// - Parameters:
    ///   - shell: A script of the shell that runs the program as `"$@"`, with other streams, for example.
    ///   - isOnTerminal: Whether the program writes to a terminal; ``output`` then has its errors, too.
    init(
        _ arguments: [String], environment: [String: String] = [:], shell: String? = nil, isOnTerminal: Bool = false
    ) throws {
        let program = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
            .deletingLastPathComponent().appending(path: "hooksim").path
        let command = (shell.map { ["/bin/sh", "-c", $0, "sh", program] } ?? [program]) + arguments
        let variables = ProcessInfo.processInfo.environment.merging(environment) { _, new in new }
        let started = try Self.turn.withLock { _ in
            try isOnTerminal ? Self.startOnTerminal(command, variables) : Self.startInPipes(command, variables)
        }
        process = started.process
        collect(started.output) { $0.output += $1 }
        if let errors = started.errors { collect(errors) { $0.errors += $1 } }
        noteEnd()
    }

    /// A program that has started, and the descriptors from which its output is read.
    private typealias Started = (process: pid_t, output: Int32, errors: Int32?)

    private static func startOnTerminal(_ command: [String], _ variables: [String: String]) throws -> Started {
        var (own, its): (Int32, Int32) = (-1, -1)
        guard openpty(&own, &its, nil, nil, nil) == 0 else { throw POSIXError(.ENXIO) }
        defer { close(its) }
        return (try start(command, variables, output: its, errors: its), own, nil)
    }

    private static func startInPipes(_ command: [String], _ variables: [String: String]) throws -> Started {
        let (output, errors) = (try pipe(), try pipe())
        defer { for end in [output.write, errors.write] { close(end) } }
        let process = try start(command, variables, output: output.write, errors: errors.write)
        return (process, output.read, errors.read)
    }

    private static func pipe() throws -> (read: Int32, write: Int32) {
        var ends: [Int32] = [-1, -1]
        guard systemPipe(&ends) == 0 else { throw POSIXError(.EMFILE) }
        return (ends[0], ends[1])
    }

    /// Starts a program that has these streams and no other descriptor, with no signal blocked or ignored. Without that,
    /// it would inherit the signals that are blocked in the thread of a thread pool, and could not be interrupted.
    private static func start(
        _ command: [String], _ variables: [String: String], output: Int32, errors: Int32
    ) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
        posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO)
        // Other threads open sockets meanwhile, whose other ends would not notice that they are closed. A number that is
        // not open is no error.
        let open = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").compactMap { Int32($0) }
        for descriptor in STDERR_FILENO + 1...(open.max() ?? STDERR_FILENO) + 512 {
            posix_spawn_file_actions_addclose(&actions, descriptor)
        }
        var (none, all) = (sigset_t(), sigset_t())
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        var arguments = command.map { strdup($0) } + [nil]
        var environment = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in arguments + environment { free(text) } }
        var process = pid_t()
        let error = posix_spawn(&process, command[0], &actions, &attributes, &arguments, &environment)
        guard error == 0 else { throw POSIXError(POSIXErrorCode(rawValue: error) ?? .ENOENT) }
        return process
    }

    /// Notes the exit status, or the number of the signal that has ended the program.
    private func noteEnd() {
        Thread.detachNewThread { [self] in
            var status: Int32 = 0
            while waitpid(process, &status, 0) == -1, errno == EINTR {}
            let signal = status & 0x7F
            update { $0.status = signal == 0 ? (status >> 8) & 0xFF : signal }
        }
    }

    /// The text that the program has written to its standard output.
    var output: String { said.withLock { $0.output } }

    /// The text that the program has written to its standard error.
    var errors: String { said.withLock { $0.errors } }

    /// Returns the exit status once the program has ended by itself. A program that does not end within a minute is
    /// killed.
    func end() async -> Int32 {
        let patience = Task {
            try await Task.sleep(for: .seconds(60))
            send(SIGKILL)
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
    func send(_ signal: Int32) {
        // The number of a process that has ended may be that of another one.
        said.withLock { said in
            if said.status == nil { kill(process, signal) }
        }
    }

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
