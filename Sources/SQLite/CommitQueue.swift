import NIOPosix
import Synchronization

/// The queue of one connection's reads and writes: writes are committed in groups, and a write returns once its group
/// has been committed.
///
/// There is one connection because SQLite before 3.51.3 can corrupt a WAL file that several connections write to. A job
/// that finds the connection in use waits in a queue, without blocking a thread. One thread takes all waiting jobs,
/// runs them in one transaction and then completes them all, so that they share one slow sync of the disk. A read that
/// finds the connection free runs on the thread of its caller, and then runs the reads that were added during it: each
/// of them costs less than a change of threads.
package final class CommitQueue<Session: TransactionSession>: Sendable {
    /// The session, whose lock is free for the job that has taken the connection, except at the start and the end of
    /// the process.
    private let session: Mutex<Session>
    private let queue = Mutex(JobQueue<Session>())
    private let thread = NIOThreadPool(numberOfThreads: 1)
    private let onCommit: @Sendable () -> Void

    /// The maximum number of batches of waiting reads that a finished read runs before it hands over to the thread: its
    /// own client waits during them.
    private static var maxReadsPassedOn: Int { 16 }

    /// Creates the queue of a session.
    ///
    /// - Parameter onCommit: called after each group that changed the store.
    package init(_ session: sending Session, onCommit: @escaping @Sendable () -> Void = {}) {
        self.session = Mutex(session)
        self.onCommit = onCommit
        thread.start()
    }

    /// Returns the result of a read.
    ///
    /// - Parameter body: the read; it must not write.
    /// - Throws: what `body` throws.
    package func read<Value: Sendable>(_ body: @escaping @Sendable (Session) throws -> Value) async throws -> Value {
        guard queue.withLock({ $0.take() }) else { return try await enqueue(.read, body) }
        defer { passOn() }
        return try session.withLock { try body($0) }
    }

    /// Returns the result of a write once its changes are durable. If `body` throws, only its own changes are undone.
    ///
    /// - Parameters:
    ///   - withoutSavepoint: whether an error of `body` after its first change fails the whole group. This saves a
    ///     savepoint, for which SQLite copies each page before it changes. It is meant for writes by the thousand that
    ///     fail only when the store fails.
    ///   - body: the write.
    /// - Throws: what `body` throws, or a ``SQLiteError`` if the group can't be committed.
    package func write<Value: Sendable>(
        withoutSavepoint: Bool = false, _ body: @escaping @Sendable (Session) throws -> Value
    ) async throws -> Value {
        try await enqueue(withoutSavepoint ? .writeWithoutSavepoint : .write, body)
    }

    /// Adds a write behind all jobs that were added before, and returns without waiting for it.
    ///
    /// - Parameters:
    ///   - body: the write.
    ///   - completion: called with `nil` once the write is durable, or with the error if nothing was written.
    package func write(
        _ body: @escaping @Sendable (Session) throws -> Void,
        completion: @escaping @Sendable ((any Error)?) -> Void
    ) {
        add(CallbackJob(body: body, completion: completion))
    }

    /// Writes a complete copy of the store, as it is at one instant, into a new file.
    ///
    /// The copy is written in one statement, which blocks all other jobs: for a second per some hundred megabytes.
    ///
    /// - Throws: a ``SQLiteError`` if the file is not empty or can't be written.
    package func copy(to path: String) async throws {
        try await enqueue(.alone) { try $0.connection.run("VACUUM INTO ?", path) }
    }

    /// Begins one transaction for all writes at start, so that a store which turns out to be damaged is left unchanged.
    package func beginStart() throws { try session.withLock { try $0.begin() } }

    /// Commits the transaction of the start.
    package func endStart() throws { try session.withLock { try $0.commit() } }

    /// Returns the result of a write before the simulator runs. It runs on the calling thread, in the transaction of
    /// the start if there is one.
    ///
    /// - Throws: what `body` throws, or a ``SQLiteError``.
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

    /// Closes the file, so that it can be opened again at once, even if this object is still referenced.
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

    /// Runs the waiting reads after a read, or hands all waiting jobs over to the thread.
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

    /// Runs a group, and returns whether it committed any change.
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
                // A read does not depend on the transaction that failed, so it runs again outside of it.
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

    /// Returns the error of a job whose changes were undone alone; throws an error that fails the whole group.
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
