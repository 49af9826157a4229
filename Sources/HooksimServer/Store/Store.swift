import SQLite
import Webhooks

/// The store: a SQLite file or a database in memory, read and written through one queue.
final class Store: Sendable {
    private let queue: CommitQueue<StoreSession>
    /// Notified after each commit.
    let changes: ChangeSignal

    /// Opens a store, and creates an empty one where there is none.
    ///
    /// - Parameter path: a file, or `:memory:`.
    /// - Throws: a ``StoreError`` when the file can't be used; the file is then unchanged.
    init(path: String, changes: ChangeSignal = ChangeSignal()) throws {
        queue = CommitQueue(StoreSession(try Schema.open(path: path))) { changes.notify() }
        self.changes = changes
    }

    /// Reads; `body` must not write.
    func read<Value: Sendable>(_ body: @escaping @Sendable (StoreSession) throws -> Value) async throws -> Value {
        try await queue.read(body)
    }

    /// Writes; what `body` did is durable when this returns. When `body` throws, only its own changes are undone.
    ///
    /// - Parameter withoutSavepoint: as for ``CommitQueue``.
    @discardableResult
    func write<Value: Sendable>(
        withoutSavepoint: Bool = false, _ body: @escaping @Sendable (StoreSession) throws -> Value
    ) async throws -> Value {
        try await queue.write(withoutSavepoint: withoutSavepoint, body)
    }

    /// Writes with the next group, without waiting for it.
    ///
    /// - Parameter completion: called once it is durable, or with the error when nothing was written.
    func write(
        _ body: @escaping @Sendable (StoreSession) throws -> Void,
        completion: @escaping @Sendable ((any Error)?) -> Void
    ) {
        queue.write(body, completion: completion)
    }

    /// Writes a whole copy of the store, as it is at one instant, into a file that is not there yet.
    func copy(to path: String) async throws { try await queue.copy(to: path) }

    /// Begins one transaction for all that is written at start: a store that turns out to be damaged on the way is left as it is.
    func beginStart() throws { try queue.beginStart() }

    /// Commits the transaction of the start.
    func endStart() throws { try queue.endStart() }

    /// Writes before the simulator runs, on the calling thread.
    func writeSynchronously<Value: Sendable>(_ body: (StoreSession) throws -> Value) throws -> Value {
        try queue.writeSynchronously(body)
    }

    /// Closes the file, so that it can be opened again at once.
    func close() async throws { try await queue.close() }
}
