/// Transactions of a connection.
extension Connection {
    package func begin() throws { try run("BEGIN IMMEDIATE") }

    package func commit() throws { try run("COMMIT") }

    /// Undoes the transaction, unless SQLite itself has: it does when the disk is full or fails.
    package func rollback() {
        if isInTransaction { try? run("ROLLBACK") }
    }

    /// Runs a part of a transaction within a savepoint: when `body` throws, only what it did is undone.
    ///
    /// - Throws: what `body` throws. The whole transaction may be gone by then; ``isInTransaction`` tells.
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

/// What the jobs of a ``CommitQueue`` work on: a connection, and what is kept in memory beside it and changes with it.
package protocol TransactionSession: AnyObject, SendableMetatype {
    var connection: Connection { get }

    /// Begins a transaction.
    func begin() throws
    /// Commits it; what is kept in memory counts from then on.
    func commit() throws
    /// Undoes it, in memory as well.
    func rollback()
    /// Runs a part of it, which is undone alone when `body` throws, in memory as well.
    func savepoint(_ body: () throws -> Void) throws
}
