import SQLite
import Webhooks

/// The store: a SQLite file or a database in memory, read and written through one queue.
final class Store: Sendable {
    private let queue: CommitQueue
    /// The session, which only the job that has taken the connection uses, except at the start.
    private nonisolated(unsafe) let session: StoreSession
    /// The counts for which expectations wait.
    private let waitingCounts = MatchCountRegistry()
    /// The signal that a bulk operation has begun and is not finished.
    let bulkWork: ChangeSignal

    /// Opens a store, or creates an empty one if the file does not exist.
    ///
    /// - Parameters:
    ///   - path: The path of a file, or `:memory:`.
    ///   - bulkGroupSize: the maximum number of rows that a bulk operation changes in one transaction.
    /// - Throws: ``StoreError`` if the file can't be used; the file is unchanged then.
    init(path: String, bulkGroupSize: Int = BulkOperation.groupSize) throws {
        let bulkWork = ChangeSignal()
        session = StoreSession(
            try Schema.open(path: path), isInMemory: path == ":memory:", groupSize: bulkGroupSize,
            waitingCounts: waitingCounts
        ) { bulkWork.notify() }
        queue = CommitQueue(session) { [waitingCounts] in waitingCounts.announce() }
        self.bulkWork = bulkWork
    }

    /// Returns the result of a read. It runs on the calling thread if no other job uses the connection.
    ///
    /// - Parameter body: the read; it must not write.
    /// - Throws: what `body` throws.
    func read<Value: Sendable>(_ body: @escaping @Sendable (StoreSession) throws -> Value) async throws -> Value {
        guard queue.take() else { return try await enqueue(.read, body) }
        defer { queue.passOn() }
        return try body(session)
    }

    /// Returns the result of a write once its changes are durable. If `body` throws, only its own changes are undone.
    ///
    /// - Parameters:
    ///   - withoutSavepoint: whether an error of `body` after its first change fails the whole group. This saves a
    ///     savepoint, for which SQLite copies each page before it changes. It is meant for writes by the thousand that
    ///     fail only when the store fails.
    ///   - body: the write.
    /// - Throws: what `body` throws, or a ``SQLiteError`` if the group can't be committed.
    @discardableResult
    func write<Value: Sendable>(
        withoutSavepoint: Bool = false, _ body: @escaping @Sendable (StoreSession) throws -> Value
    ) async throws -> Value {
        try await enqueue(withoutSavepoint ? .writeWithoutSavepoint : .write, body)
    }

    /// Adds a write to the next group without waiting for its commit.
    ///
    /// - Parameters:
    ///   - body: the write.
    ///   - completion: A closure that is called once the write is durable, or with the error if nothing was written.
    func write(
        _ body: @escaping @Sendable (StoreSession) throws -> Void,
        completion: @escaping @Sendable ((any Error)?) -> Void
    ) {
        queue.add(CallbackJob(session, body: body, completion: completion))
    }

    /// The number of pages of a copy that are written at once, which takes a millisecond or two.
    private static let copiedPages = 200

    /// Writes a complete copy of the store into a new file, between other jobs, which may change the store meanwhile:
    /// the copy is the store at the end of this method.
    ///
    /// - Throws: a ``SQLiteError`` if the file is not empty or can't be written.
    func copy(to path: String) async throws {
        try await enqueue(.alone) { try $0.beginBackup(to: path) }
        do {
            while try await !enqueue(.alone, { try $0.stepBackup(to: path, pages: Self.copiedPages) }) {
                try Task.checkCancellation()
            }
        } catch {
            try await enqueue(.alone) { $0.endBackup(to: path) }
            throw error
        }
        try await enqueue(.alone) { $0.endBackup(to: path) }
    }

    /// Begins one transaction for all writes at start, so that a store which turns out to be damaged is left unchanged.
    func beginStart() throws { try session.begin() }

    /// Commits the transaction of the start.
    func endStart() throws { try session.commit() }

    /// Returns the result of a write before the simulator runs. It runs on the calling thread, in the transaction of
    /// the start if there is one.
    ///
    /// - Throws: what `body` throws, or a ``SQLiteError``.
    func writeSynchronously<Value: Sendable>(_ body: (StoreSession) throws -> Value) throws -> Value {
        try queue.writeSynchronously { try body(session) }
    }

    /// Adds a count of the rows that match a condition, which follows all later commits. It ends with ``remove(_:)``.
    ///
    /// - Parameter isExpected: A closure that returns whether a number of rows is as expected.
    func add(
        _ condition: Condition, of table: WaitingCount.Table, isExpected: @escaping @Sendable (Int) -> Bool
    ) -> WaitingCount {
        waitingCounts.add(condition, of: table, isExpected: isExpected)
    }

    func remove(_ waiting: WaitingCount) { waitingCounts.remove(waiting) }

    /// Counts the next rows for a count, and returns whether all rows are counted.
    func countNext(_ waiting: WaitingCount) async throws -> Bool { try await read { try $0.countNext(waiting) } }

    /// Closes the file, so that it can be opened again at once, even if this object is still referenced.
    func close() async throws { try await queue.close() }

    private func enqueue<Value: Sendable>(
        _ kind: JobKind, _ body: @escaping @Sendable (StoreSession) throws -> Value
    ) async throws -> Value {
        try await withUnsafeThrowingContinuation { continuation in
            queue.add(ContinuationJob(kind, session, body: body, continuation: continuation))
        }
    }
}
