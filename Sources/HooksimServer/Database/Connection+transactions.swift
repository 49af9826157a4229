/// What many jobs of a transaction change, kept in memory and written once at its end.
struct Unwritten {
    var counts = EventCounts.Changes()
    /// `nil` when no ticket was taken.
    var nextTicket: Int?
}

extension Connection {
    func begin() throws {
        unwritten = Unwritten()
        try run("BEGIN IMMEDIATE")
    }

    func commit() throws {
        try writeCountChanges()
        try Tickets.write(self)
        try run("COMMIT")
    }

    /// Undoes the transaction, unless SQLite itself has: it does when the disk is full or fails.
    func rollback() {
        unwritten = Unwritten()
        matchingSubscriptions.forget()
        if isInTransaction { try? run("ROLLBACK") }
    }

    /// Runs a part of a transaction; when it throws, only what it did is undone.
    func undoingAlone(_ body: () throws -> Void) throws {
        try run("SAVEPOINT job")
        let unwritten = unwritten
        do {
            try body()
            try run("RELEASE job")
        } catch {
            guard isInTransaction else { throw error }
            try run("ROLLBACK TO job")
            try run("RELEASE job")
            self.unwritten = unwritten
            matchingSubscriptions.forget()
            throw error
        }
    }
}
