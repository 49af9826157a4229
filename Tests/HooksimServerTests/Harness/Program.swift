import Foundation
import HooksimReplay
import Synchronization
import Webhooks

#if canImport(Glibc)
    import Glibc
#else
    import Musl
#endif

/// The program beside the tests, run with arguments; what it says is collected as it comes.
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

    /// - Parameter isOnTerminal: whether it writes to a terminal; all of it is then ``output``.
    init(_ arguments: [String], environment: [String: String] = [:], isOnTerminal: Bool = false) throws {
        process = Process()
        process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
            .deletingLastPathComponent().appending(path: "hooksim")
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { _, new in new }
        process.standardInput = FileHandle.nullDevice
        process.terminationHandler = { [weak self] process in self?.update { $0.status = process.terminationStatus } }
        if isOnTerminal {
            var (own, its): (Int32, Int32) = (-1, -1)
            guard openpty(&own, &its, nil, nil, nil) == 0 else { throw POSIXError(.ENXIO) }
            let terminal = FileHandle(fileDescriptor: its, closeOnDealloc: false)
            process.standardOutput = terminal
            process.standardError = terminal
            try ChildProcess.run(process)
            close(its)
            collect(own) { $0.output += $1 }
        } else {
            let (output, errors) = (Pipe(), Pipe())
            process.standardOutput = output
            process.standardError = errors
            try ChildProcess.run(process)
            collect(dup(output.fileHandleForReading.fileDescriptor)) { $0.output += $1 }
            collect(dup(errors.fileHandleForReading.fileDescriptor)) { $0.errors += $1 }
        }
    }

    /// What it has written to its standard output.
    var output: String { said.withLock { $0.output } }

    /// What it has written to its standard error.
    var errors: String { said.withLock { $0.errors } }

    /// Returns its status once it has ended by itself; one that does not end in a minute is killed.
    func end() async -> Int32 {
        let patience = Task { [process] in
            try await Task.sleep(for: .seconds(60))
            kill(process.processIdentifier, SIGKILL)
        }
        await wait { $0.status != nil && $0.openStreams == 0 }
        patience.cancel()
        return said.withLock { $0.status ?? -1 }
    }

    /// Asks it to stop, as ^C does, and returns its status.
    func stop() async -> Int32 {
        process.interrupt()
        return await end()
    }

    /// Returns once its output has a text, or has ended.
    func waitForOutput(_ text: String) async { await wait { $0.output.contains(text) || $0.openStreams == 0 } }

    /// Returns once its errors have a text, or have ended.
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

    /// Reads in a thread of its own until the other side has ended: a terminal ends with an error, which file handles can't bear.
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
