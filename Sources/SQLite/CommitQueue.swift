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
///
/// Neither the queue nor a job is generic: a generic type of another module looks its types up at run time for each
/// job, which costs a short read as much as SQLite does. The user of the queue has the session, and its jobs use it.
package final class CommitQueue: Sendable {
    /// The session, which only the job that has taken the connection uses, except at the start and the end of the
    /// process.
    private nonisolated(unsafe) let session: any TransactionSession
    private let queue = Mutex(JobQueue())
    private let thread = NIOThreadPool(numberOfThreads: 1)
    private let onCommit: @Sendable () -> Void

    /// The maximum number of batches of waiting reads that a finished read runs before it hands over to the thread: its
    /// own client waits during them.
    private static let maxReadsPassedOn = 16

    /// Creates the queue of a session.
    ///
    /// - Parameters:
    ///   - session: the session, which nothing but the queue's jobs may use from now on.
    ///   - onCommit: called after each group that changed the store.
    package init(_ session: any TransactionSession, onCommit: @escaping @Sendable () -> Void = {}) {
        self.session = session
        self.onCommit = onCommit
        thread.start()
    }

    /// Takes the connection for a read on the calling thread, and returns whether it was free. If it was, the caller
    /// must call ``passOn()`` after the read; otherwise, it can ``add(_:)`` a job.
    package func take() -> Bool { queue.withLock { $0.take() } }

    /// Adds a job behind all that were added before, and returns without waiting for it.
    package func add(_ job: any Job) {
        let mustStart = queue.withLock { queue in
            queue.jobs.append(job)
            return queue.take()
        }
        if mustStart { thread.submit { _ in self.emptyQueue() } }
    }

    /// Runs the jobs that were added during a read on the calling thread if they are reads, or hands all of them over
    /// to the thread.
    package func passOn() {
        for _ in 0..<Self.maxReadsPassedOn {
            let reads = queue.withLock { queue in
                queue.jobs.contains { $0.kind != .read } ? nil : queue.next()
            }
            guard let reads else { break }
            if reads.isEmpty { return }
            _ = run(reads)
        }
        thread.submit { _ in self.emptyQueue() }
    }

    /// Runs a write before any job was added, on the calling thread, in the transaction that is open or in one of its
    /// own.
    ///
    /// - Throws: what `body` throws, or a ``SQLiteError``.
    package func writeSynchronously<Value>(_ body: () throws -> Value) throws -> Value {
        if session.connection.isInTransaction { return try body() }
        do {
            try session.begin()
            let value = try body()
            try session.commit()
            return value
        } catch {
            session.rollback()
            throw error
        }
    }

    /// Closes the file after all jobs that were added before, so that it can be opened again at once, even if this
    /// object is still referenced. Later jobs fail, and so does a read that takes the connection later.
    package func close() async throws {
        await withUnsafeContinuation { continuation in
            // A read on the thread of its caller may be using the connection, so the end needs its turn as well.
            add(ClosingJob(session, continuation))
        }
        try await thread.shutdownGracefully()
    }

    private func emptyQueue() {
        while true {
            let jobs = queue.withLock { $0.next() }
            if jobs.isEmpty { return }
            if run(jobs) { onCommit() }
        }
    }

    /// Runs a group, and returns whether it committed any change.
    private func run(_ jobs: [any Job]) -> Bool {
        guard jobs.contains(where: \.writes) else {
            for job in jobs { read(job) }
            return false
        }
        var errors: [(any Error)?] = []
        do {
            try session.begin()
            for job in jobs { errors.append(try runOne(job)) }
            try session.commit()
        } catch {
            session.rollback()
            for job in jobs {
                // A read does not depend on the transaction that failed, so it runs again outside of it.
                if job.writes { job.finish(error) } else { read(job) }
            }
            return false
        }
        for (job, error) in zip(jobs, errors) { job.finish(error) }
        return true
    }

    private func read(_ job: any Job) {
        do {
            try job.run()
            job.finish(nil)
        } catch {
            job.finish(error)
        }
    }

    /// Returns the error of a job whose changes were undone alone; throws an error that fails the whole group.
    private func runOne(_ job: any Job) throws -> (any Error)? {
        let changes = session.connection.totalChanges
        do {
            if job.kind == .writeWithoutSavepoint {
                try job.run()
            } else {
                try session.savepoint { try job.run() }
            }
            return nil
        } catch {
            let isUndone = job.kind != .writeWithoutSavepoint || session.connection.totalChanges == changes
            guard session.connection.isInTransaction, isUndone else { throw error }
            return error
        }
    }
}

/// The job that closes the connection.
private final class ClosingJob: Job {
    let kind = JobKind.alone
    private nonisolated(unsafe) let session: any TransactionSession
    private let continuation: UnsafeContinuation<Void, Never>

    init(_ session: any TransactionSession, _ continuation: UnsafeContinuation<Void, Never>) {
        self.session = session
        self.continuation = continuation
    }

    func run() { session.connection.close() }
    func finish(_ error: (any Error)?) { continuation.resume() }
}
