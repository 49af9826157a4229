/// The transactions of a connection.
extension Connection {
    /// Begins a write transaction.
    package func begin() throws { try run("BEGIN IMMEDIATE") }

    /// Commits the transaction.
    package func commit() throws { try run("COMMIT") }

    /// Rolls the transaction back, unless SQLite has done so itself, which it does when the disk is full or fails.
    package func rollback() {
        if isInTransaction { try? run("ROLLBACK") }
    }

    /// Runs a part of a transaction within a savepoint: if `body` throws, only its changes are undone.
    ///
    /// - Throws: what `body` throws. The whole transaction may have been rolled back by then; ``isInTransaction`` says
    ///   whether it was.
    package func savepoint(_ body: () throws -> Void) throws {
        try run("SAVEPOINT part")
        do {
            try body()
            try run("RELEASE part")
        } catch {
            guard isInTransaction else { throw error }
            try run("ROLLBACK TO part")
            try run("RELEASE part")
            throw error
        }
    }
}

/// The object that the jobs of a ``CommitQueue`` use: a connection, and state in memory that changes with its
/// transactions.
package protocol TransactionSession: AnyObject, SendableMetatype {
    /// The connection of the store.
    var connection: Connection { get }

    /// Begins a transaction.
    func begin() throws
    /// Commits the transaction, and makes its changes of the state in memory visible.
    func commit() throws
    /// Rolls the transaction back, in memory as well.
    func rollback()
    /// Runs a part of the transaction within a savepoint. If `body` throws, only that part is undone, in memory as
    /// well.
    func savepoint(_ body: () throws -> Void) throws
}
