import ArgumentParser
import Synchronization
import class Foundation.Thread

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Ends the program before its command has finished: on SIGINT (^C), SIGTERM and SIGHUP, and when standard output can't
/// be written. The status is 128 and the number of the signal, as in shells.
///
/// A command that has to clean up runs in ``cancelling(within:_:)`` or ``notifying(_:_:)``; any other command ends at
/// once. A second signal always ends the program at once.
enum Interruption {
    /// The exit status of a program whose reader has left: that of SIGPIPE.
    static let readerHasLeft: Int32 = 128 + SIGPIPE

    /// Whether a command that cleans up is running.
    private static let isDeferred = Atomic(false)
    private static let count = Atomic(0)
    /// The exit status of the first interruption; 0 before it.
    private static let firstStatus = Atomic<Int32>(0)
    /// The end of a pipe through which the signal handler wakes the thread that notifies the command.
    private static let alarm = Atomic<Int32>(-1)
    private static let observer = Mutex<(@Sendable (Int32) -> Void)?>(nil)

    /// Handles signals from now on. It is called once, at the start of the program.
    ///
    /// Handlers are necessary even where the default action would do, because the system ignores the default action of
    /// the first process of a container.
    static func install() {
        var ends: [Int32] = [-1, -1]
        if pipe(&ends) == 0 {
            for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
            alarm.store(ends[1], ordering: .sequentiallyConsistent)
            let bell = ends[0]
            Thread.detachNewThread { Self.notifyObserver(at: bell) }
        }
        // A handler may only use values that exist already.
        isDeferred.store(false, ordering: .sequentiallyConsistent)
        firstStatus.store(0, ordering: .sequentiallyConsistent)
        count.store(0, ordering: .sequentiallyConsistent)
        // A write to a closed pipe is an error, which Terminal handles.
        signal(SIGPIPE, SIG_IGN)
        signal(SIGINT) { Interruption.receive($0) }
        signal(SIGTERM) { Interruption.receive($0) }
        // The program `nohup` ignores this signal for the programs that it starts.
        let isIgnored = unsafeBitCast(signal(SIGHUP, SIG_IGN), to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
        if !isIgnored { signal(SIGHUP) { Interruption.receive($0) } }
    }

    /// Runs `body`, and cancels it at the first interruption.
    ///
    /// - Parameters:
    ///   - limit: The real time that `body` has to end in after its cancellation; the program ends then anyway.
    ///   - body: The work, which cleans up when it is cancelled.
    /// - Throws: What `body` throws, or the exit code of the interruption.
    static func cancelling<Value: Sendable>(
        within limit: Duration = .seconds(2), _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let (interruptions, interruption) = AsyncStream<Int32>.makeStream()
        return try await notifying({ interruption.yield($0) }) {
            try await withThrowingTaskGroup(of: Value?.self) { group in
                group.addTask { try await body() }
                group.addTask {
                    for await status in interruptions {
                        endProgram(with: status, after: limit)
                        throw ExitCode(status)
                    }
                    return nil
                }
                defer { group.cancelAll() }
                // An error makes the group cancel `body` and wait for its end.
                while let value = try await group.next() {
                    if let value { return value }
                }
                throw CancellationError()
            }
        }
    }

    /// Runs `body`, and notifies `observer` of the first interruption, with its exit status, from another thread.
    static func notifying<Value>(
        _ observer: @escaping @Sendable (Int32) -> Void, _ body: () async throws -> Value
    ) async throws -> Value {
        self.observer.withLock { $0 = observer }
        isDeferred.store(true, ordering: .sequentiallyConsistent)
        defer { isDeferred.store(false, ordering: .sequentiallyConsistent) }
        return try await body()
    }

    /// Ends the program because its output can't be written.
    static func endOutput(with status: Int32) {
        guard isDeferred.load(ordering: .sequentiallyConsistent) else { _exit(status) }
        let isFirst = noteInterruption(status)
        // A command that is cleaning up may go on writing, which is not a second signal.
        if isFirst { ring() }
    }

    /// Handles a signal, with what a signal handler may do: atomic values and system calls.
    private static func receive(_ signal: Int32) {
        let isFirst = noteInterruption(128 + signal)
        guard isFirst, isDeferred.load(ordering: .sequentiallyConsistent) else { _exit(128 + signal) }
        ring()
    }

    /// Counts an interruption, and returns whether it is the first.
    private static func noteInterruption(_ status: Int32) -> Bool {
        let isFirst = count.wrappingAdd(1, ordering: .sequentiallyConsistent).oldValue == 0
        if isFirst { firstStatus.store(status, ordering: .sequentiallyConsistent) }
        return isFirst
    }

    private static func ring() {
        var byte: UInt8 = 1
        _ = write(alarm.load(ordering: .sequentiallyConsistent), &byte, 1)
    }

    private static func notifyObserver(at bell: Int32) {
        var byte: UInt8 = 0
        while read(bell, &byte, 1) != 1 {
            guard errno == EINTR else { return }
        }
        let observer = observer.withLock { $0 }
        observer?(firstStatus.load(ordering: .sequentiallyConsistent))
    }

    private static func endProgram(with status: Int32, after limit: Duration) {
        Thread.detachNewThread {
            Thread.sleep(forTimeInterval: limit / .seconds(1))
            _exit(status)
        }
    }
}
