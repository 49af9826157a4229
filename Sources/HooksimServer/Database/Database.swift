import NIOCore
import NIOPosix
import ServiceLifecycle
import Synchronization
import Webhooks

/// The store: one connection, writes in groups, nobody answered before the group's commit has returned.
///
/// One connection because SQLite before 3.51.3 can corrupt a WAL file that several write to. Whoever finds it taken waits in a queue,
/// without holding up a thread. One thread takes all that wait, runs them in one transaction and then answers them all, so that a disk's
/// slow sync is shared. A read that finds the connection free runs where it is asked, and then runs the reads that were asked for
/// meanwhile: each costs less than a change of threads.
final class Database: Sendable {
    /// Whoever has taken the connection finds the lock free, except at the start and the end.
    private let connection: Mutex<Connection>
    private let queue = Mutex(Queue())
    private let thread = NIOThreadPool(numberOfThreads: 1)
    /// Told after each commit.
    let changes: ChangeSignal

    private struct Queue {
        var jobs: [any DatabaseJob] = []
        /// Whether somebody has the connection, or is about to: the thread, or a read where it was asked for.
        var isTaken = false

        /// Takes the connection, if nobody has.
        mutating func take() -> Bool {
            defer { isTaken = true }
            return !isTaken
        }

        /// All that waits, up to what must be alone; when nothing waits, the connection is given back.
        mutating func next() -> [any DatabaseJob] {
            isTaken = !jobs.isEmpty
            let count = jobs.firstIndex { $0.kind == .alone }.map { max($0, 1) } ?? jobs.count
            defer { jobs.removeFirst(count) }
            return Array(jobs.prefix(count))
        }
    }

    /// How often a read looks for others that wait, before it leaves them to the thread: its own client waits too.
    private static let mostPassedOn = 16

    /// - Throws: ``StoreError`` when the file can't be used; the file is then unchanged.
    init(path: String, changes: ChangeSignal = ChangeSignal()) throws {
        connection = Mutex(try Schema.open(path: path))
        self.changes = changes
        thread.start()
    }

    /// Reads; `body` must not write.
    func read<Value: Sendable>(_ body: @escaping @Sendable (Connection) throws -> Value) async throws -> Value {
        guard queue.withLock({ $0.take() }) else { return try await enqueue(.read, body) }
        defer { passOn() }
        return try connection.withLock { try body($0) }
    }

    /// Writes; what `body` did is durable when this returns. When `body` throws, only its own changes are undone.
    /// - Parameter sharesFate: when `body` throws after its first change, all that is committed together fails. This saves a savepoint,
    ///   for which SQLite copies each page before it changes; for what is written by the thousand, and fails only when the store does.
    func write<Value: Sendable>(
        sharesFate: Bool = false, _ body: @escaping @Sendable (Connection) throws -> Value
    ) async throws -> Value {
        try await enqueue(sharesFate ? .writeSharingFate : .write, body)
    }

    /// Writes with whatever is committed next, after all that was asked for before, without anybody waiting for it.
    /// - Parameter completion: called once it is durable, or with the error when nothing was written.
    func write(
        _ body: @escaping @Sendable (Connection) throws -> Void,
        completion: @escaping @Sendable ((any Error)?) -> Void
    ) {
        add(PassingJob(body: body, completion: completion))
    }

    /// Writes a whole copy of the store, as it is at one instant, into a file that is not there yet.
    ///
    /// The copy is made in one go, and what needs the store waits meanwhile: a second for some hundred megabytes.
    func copy(to path: String) async throws {
        try await enqueue(.alone) { try $0.run("VACUUM INTO ?", path) }
    }

    /// Begins one transaction for all that is written at start: a store that turns out to be damaged on the way is left as it is.
    func beginStart() throws { try connection.withLock { try $0.begin() } }

    func endStart() throws { try connection.withLock { try $0.commit() } }

    /// Writes before the simulator runs, on the calling thread, within the transaction of the start if there is one.
    func writeSynchronously<Value: Sendable>(_ body: (Connection) throws -> Value) throws -> Value {
        try connection.withLock { connection in
            if connection.isInTransaction { return try body(connection) }
            do {
                try connection.begin()
                let value = try body(connection)
                try connection.commit()
                return value
            } catch {
                connection.rollback()
                throw error
            }
        }
    }

    /// Gives the file back, so that it can be opened again at once, whoever still holds this object.
    func close() async throws {
        try await thread.shutdownGracefully()
        connection.withLock { $0.close() }
    }

    private func enqueue<Value: Sendable>(
        _ kind: JobKind, _ body: @escaping @Sendable (Connection) throws -> Value
    ) async throws -> Value {
        try await withUnsafeThrowingContinuation { continuation in
            add(ContinuedJob(kind: kind, body: body, continuation: continuation))
        }
    }

    private func add(_ job: any DatabaseJob) {
        let mustStart = queue.withLock { queue in
            queue.jobs.append(job)
            return queue.take()
        }
        if mustStart { thread.submit { _ in self.emptyQueue() } }
    }

    private func emptyQueue() {
        while true {
            let jobs = queue.withLock { $0.next() }
            if jobs.isEmpty { return }
            let hasChanged = connection.withLock { Self.run(jobs, on: $0) }
            if hasChanged { changes.notify() }
        }
    }

    /// After a read: runs the reads that wait, or leaves what waits to the thread.
    private func passOn() {
        for _ in 0..<Self.mostPassedOn {
            let reads = queue.withLock { queue in
                queue.jobs.contains { $0.kind != .read } ? nil : queue.next()
            }
            guard let reads else { break }
            if reads.isEmpty { return }
            _ = connection.withLock { Self.run(reads, on: $0) }
        }
        thread.submit { _ in self.emptyQueue() }
    }

    /// Runs a group; returns whether anything was committed.
    private static func run(_ jobs: [any DatabaseJob], on connection: Connection) -> Bool {
        guard jobs.contains(where: \.writes) else {
            for job in jobs { read(job, on: connection) }
            return false
        }
        var errors: [(any Error)?] = []
        do {
            try connection.begin()
            for job in jobs { errors.append(try runOne(job, on: connection)) }
            try connection.commit()
        } catch {
            connection.rollback()
            for job in jobs {
                // What only reads has no part in it.
                if job.writes { job.finish(error) } else { read(job, on: connection) }
            }
            return false
        }
        for (job, error) in zip(jobs, errors) { job.finish(error) }
        return true
    }

    private static func read(_ job: any DatabaseJob, on connection: Connection) {
        do {
            try job.run(connection)
            job.finish(nil)
        } catch {
            job.finish(error)
        }
    }

    /// Returns the error of a job that failed by itself; throws one that spoils the whole group.
    private static func runOne(_ job: any DatabaseJob, on connection: Connection) throws -> (any Error)? {
        let changes = connection.totalChanges
        do {
            if job.kind == .writeSharingFate {
                try job.run(connection)
            } else {
                try connection.undoingAlone { try job.run(connection) }
            }
            return nil
        } catch {
            let isUndone = job.kind != .writeSharingFate || connection.totalChanges == changes
            guard connection.isInTransaction, isUndone else { throw error }
            return error
        }
    }
}

private enum JobKind {
    case read, write, writeSharingFate
    /// Neither within a transaction nor beside anything else, and not soon over.
    case alone
}

/// A read or a write that waits for its turn.
private protocol DatabaseJob: Sendable {
    var kind: JobKind { get }
    func run(_ connection: Connection) throws
    /// Answers whoever waits: with the error, or with what `run` made.
    func finish(_ error: (any Error)?)
}

extension DatabaseJob {
    var writes: Bool { kind == .write || kind == .writeSharingFate }
}

/// A write that nobody waits for.
private struct PassingJob: DatabaseJob {
    let kind = JobKind.write
    let body: @Sendable (Connection) throws -> Void
    let completion: @Sendable ((any Error)?) -> Void

    func run(_ connection: Connection) throws { try body(connection) }
    func finish(_ error: (any Error)?) { completion(error) }
}

/// Not checked by the compiler because of `value`: the database's thread alone touches it, between `run` and `finish`.
private final class ContinuedJob<Value: Sendable>: DatabaseJob, @unchecked Sendable {
    let kind: JobKind
    private let body: @Sendable (Connection) throws -> Value
    private let continuation: UnsafeContinuation<Value, any Error>
    private var value: Value?

    init(
        kind: JobKind, body: @escaping @Sendable (Connection) throws -> Value,
        continuation: UnsafeContinuation<Value, any Error>
    ) {
        self.kind = kind
        self.body = body
        self.continuation = continuation
    }

    func run(_ connection: Connection) throws { value = try body(connection) }

    func finish(_ error: (any Error)?) {
        if let error { continuation.resume(throwing: error) } else { continuation.resume(returning: value!) }
    }
}
