import NIOPosix
import Synchronization

/// Reads and writes of one connection: writes are committed in groups, and none returns before its group's commit has.
///
/// There is one connection because SQLite before 3.51.3 can corrupt a WAL file that several write to. A job that finds it in use waits in
/// a queue, without blocking a thread. One thread takes all jobs that wait, runs them in one transaction and then completes them all, so
/// that a disk's slow sync is shared. A read that finds the connection free runs on the thread of its caller, and then runs the reads that
/// were added meanwhile: each costs less than a change of threads.
package final class CommitQueue<Session: TransactionSession>: Sendable {
    /// The job that has taken the connection finds the lock free, except at the start and the end.
    private let session: Mutex<Session>
    private let queue = Mutex(JobQueue<Session>())
    private let thread = NIOThreadPool(numberOfThreads: 1)
    private let onCommit: @Sendable () -> Void

    /// How often a read looks for others that wait, before it leaves them to the thread: its own client waits too.
    private static var maxReadsPassedOn: Int { 16 }

    /// Creates the queue of a session.
    ///
    /// - Parameter onCommit: called after each group that changed something.
    package init(_ session: sending Session, onCommit: @escaping @Sendable () -> Void = {}) {
        self.session = Mutex(session)
        self.onCommit = onCommit
        thread.start()
    }

    /// Reads; `body` must not write.
    package func read<Value: Sendable>(_ body: @escaping @Sendable (Session) throws -> Value) async throws -> Value {
        guard queue.withLock({ $0.take() }) else { return try await enqueue(.read, body) }
        defer { passOn() }
        return try session.withLock { try body($0) }
    }

    /// Writes; what `body` did is durable when this returns. When `body` throws, only its own changes are undone.
    ///
    /// - Parameter withoutSavepoint: when `body` throws after its first change, all that is committed together fails. This saves a
    ///   savepoint, for which SQLite copies each page before it changes; for what is written by the thousand, and fails only when the
    ///   store does.
    package func write<Value: Sendable>(
        withoutSavepoint: Bool = false, _ body: @escaping @Sendable (Session) throws -> Value
    ) async throws -> Value {
        try await enqueue(withoutSavepoint ? .writeWithoutSavepoint : .write, body)
    }

    /// Writes with the next group, after all jobs that were added before, without waiting for it.
    ///
    /// - Parameter completion: called once it is durable, or with the error when nothing was written.
    package func write(
        _ body: @escaping @Sendable (Session) throws -> Void,
        completion: @escaping @Sendable ((any Error)?) -> Void
    ) {
        add(CallbackJob(body: body, completion: completion))
    }

    /// Writes a whole copy of the store, as it is at one instant, into a file that is not there yet.
    ///
    /// The copy is made in one go, and what needs the store waits meanwhile: a second for some hundred megabytes.
    package func copy(to path: String) async throws {
        try await enqueue(.alone) { try $0.connection.run("VACUUM INTO ?", path) }
    }

    /// Begins one transaction for all that is written at start: a store that turns out to be damaged on the way is left as it is.
    package func beginStart() throws { try session.withLock { try $0.begin() } }

    /// Commits the transaction of the start.
    package func endStart() throws { try session.withLock { try $0.commit() } }

    /// Writes before the simulator runs, on the calling thread, within the transaction of the start if there is one.
    package func writeSynchronously<Value: Sendable>(_ body: (Session) throws -> Value) throws -> Value {
        try session.withLock { session in
            if session.connection.isInTransaction { return try body(session) }
            do {
                try session.begin()
                let value = try body(session)
                try session.commit()
                return value
            } catch {
                session.rollback()
                throw error
            }
        }
    }

    /// Gives the file back, so that it can be opened again at once, whoever still holds this object.
    package func close() async throws {
        try await thread.shutdownGracefully()
        session.withLock { $0.connection.close() }
    }

    private func enqueue<Value: Sendable>(
        _ kind: JobKind, _ body: @escaping @Sendable (Session) throws -> Value
    ) async throws -> Value {
        try await withUnsafeThrowingContinuation { continuation in
            add(ContinuationJob(kind: kind, body: body, continuation: continuation))
        }
    }

    private func add(_ job: any Job<Session>) {
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
            let hasChanged = session.withLock { Self.run(jobs, on: $0) }
            if hasChanged { onCommit() }
        }
    }

    /// After a read: runs the reads that wait, or leaves what waits to the thread.
    private func passOn() {
        for _ in 0..<Self.maxReadsPassedOn {
            let reads = queue.withLock { queue in
                queue.jobs.contains { $0.kind != .read } ? nil : queue.next()
            }
            guard let reads else { break }
            if reads.isEmpty { return }
            _ = session.withLock { Self.run(reads, on: $0) }
        }
        thread.submit { _ in self.emptyQueue() }
    }

    /// Runs a group; returns whether anything was committed.
    private static func run(_ jobs: [any Job<Session>], on session: Session) -> Bool {
        guard jobs.contains(where: \.writes) else {
            for job in jobs { read(job, on: session) }
            return false
        }
        var errors: [(any Error)?] = []
        do {
            try session.begin()
            for job in jobs { errors.append(try runOne(job, on: session)) }
            try session.commit()
        } catch {
            session.rollback()
            for job in jobs {
                // What only reads has no part in it.
                if job.writes { job.finish(error) } else { read(job, on: session) }
            }
            return false
        }
        for (job, error) in zip(jobs, errors) { job.finish(error) }
        return true
    }

    private static func read(_ job: any Job<Session>, on session: Session) {
        do {
            try job.run(session)
            job.finish(nil)
        } catch {
            job.finish(error)
        }
    }

    /// Returns the error of a job that failed by itself; throws one that spoils the whole group.
    private static func runOne(_ job: any Job<Session>, on session: Session) throws -> (any Error)? {
        let changes = session.connection.totalChanges
        do {
            if job.kind == .writeWithoutSavepoint {
                try job.run(session)
            } else {
                try session.savepoint { try job.run(session) }
            }
            return nil
        } catch {
            let isUndone = job.kind != .writeWithoutSavepoint || session.connection.totalChanges == changes
            guard session.connection.isInTransaction, isUndone else { throw error }
            return error
        }
    }
}
