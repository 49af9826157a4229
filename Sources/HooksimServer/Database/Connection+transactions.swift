extension Connection {
    func begin() throws {
        countChanges = EventCounts.Changes()
        try run("BEGIN IMMEDIATE")
    }

    func commit() throws {
        try writeCountChanges()
        try run("COMMIT")
    }

    /// Undoes the transaction, unless SQLite itself has: it does when the disk is full or fails.
    func rollback() {
        countChanges = EventCounts.Changes()
        if isInTransaction { try? run("ROLLBACK") }
    }

    /// Runs a part of a transaction; when it throws, only what it did is undone.
    func undoingAlone(_ body: () throws -> Void) throws {
        try run("SAVEPOINT job")
        let changes = countChanges
        do {
            try body()
            try run("RELEASE job")
        } catch {
            guard isInTransaction else { throw error }
            try run("ROLLBACK TO job")
            try run("RELEASE job")
            countChanges = changes
            throw error
        }
    }
}
