import SQLite
import Webhooks

/// The store: a SQLite file or a database in memory, read and written through one queue.
final class Store: Sendable {
    private let queue: CommitQueue<StoreSession>
    /// The signal that is given after each commit.
    let changes: ChangeSignal

    /// Opens a store, or creates an empty one if the file does not exist.
    ///
    /// - Parameter path: The path of a file, or `:memory:`.
    /// - Throws: ``StoreError`` if the file can't be used; the file is unchanged then.
    init(path: String, changes: ChangeSignal = ChangeSignal()) throws {
        queue = CommitQueue(StoreSession(try Schema.open(path: path))) { changes.notify() }
        self.changes = changes
    }

    /// Runs a read; `body` must not write.
    func read<Value: Sendable>(_ body: @escaping @Sendable (StoreSession) throws -> Value) async throws -> Value {
        try await queue.read(body)
    }

    /// Runs a write, which is durable when this method returns. If `body` throws, only its own changes are rolled back.
    ///
    /// - Parameter withoutSavepoint: As for ``CommitQueue``.
    @discardableResult
    func write<Value: Sendable>(
        withoutSavepoint: Bool = false, _ body: @escaping @Sendable (StoreSession) throws -> Value
    ) async throws -> Value {
        try await queue.write(withoutSavepoint: withoutSavepoint, body)
    }

    /// Adds a write to the next group without waiting for its commit.
    ///
    /// - Parameter completion: A closure that is called once the write is durable, or with the error if nothing was
    ///   written.
    func write(
        _ body: @escaping @Sendable (StoreSession) throws -> Void,
        completion: @escaping @Sendable ((any Error)?) -> Void
    ) {
        queue.write(body, completion: completion)
    }

    /// Writes a complete copy of the store at one instant to a file that does not exist yet.
    func copy(to path: String) async throws { try await queue.copy(to: path) }

    /// Begins a single transaction for all writes of the start, so that a store that turns out to be damaged remains
    /// unchanged.
    func beginStart() throws { try queue.beginStart() }

    /// Commits the transaction of the start.
    func endStart() throws { try queue.endStart() }

    /// Runs a write on the calling thread, before the simulator runs.
    func writeSynchronously<Value: Sendable>(_ body: (StoreSession) throws -> Value) throws -> Value {
        try queue.writeSynchronously(body)
    }

    /// Closes the file, so that it can be opened again at once.
    func close() async throws { try await queue.close() }
}
