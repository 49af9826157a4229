import SQLite
import Webhooks

/// The store as seen by a job of its queue: the connection, and the state in memory that changes with its transactions.
final class StoreSession: TransactionSession {
    private(set) var connection: Connection
    /// Whether the database is in memory.
    let isInMemory: Bool
    /// The maximum number of rows that a bulk operation changes in one transaction.
    let groupSize: Int
    /// The changes of the event counts in the transaction under way.
    var countChanges = EventCounts.Changes()
    /// The counters that the transaction under way has incremented.
    var sequences = Sequences()
    /// The numbers of the attempts that are about to be inserted.
    var attemptOrder = AttemptOrder()
    /// The cache of the active subscriptions that receive an event.
    var matchingSubscriptions = MatchingSubscriptions()
    /// The ids and endpoints of subscriptions by their row numbers.
    var subscriptionIdentities: [Int: SubscriptionTable.Identity] = [:]
    /// The counts for which expectations wait.
    let waitingCounts: MatchCountRegistry
    /// The progress of these counts in the transaction under way, by their ids.
    var countProgress: [Int: MatchCount.Change] = [:]
    /// Whether the transaction under way has begun a bulk operation that is not finished.
    var hasNewBulkWork = false
    /// The database that ``replaceDatabase()`` has replaced in the transaction under way.
    private var replaced: Connection?
    /// The copies of the store that are being written, by their paths.
    private var backups: [String: OnlineBackup] = [:]
    /// Replaced databases that copies are still made of.
    private var retired: [Connection] = []
    private let onNewBulkWork: () -> Void

    /// Creates the session of a connection.
    ///
    /// - Parameters:
    ///   - groupSize: the maximum number of rows that a bulk operation changes in one transaction.
    ///   - onNewBulkWork: called after the commit of a transaction that began a bulk operation.
    init(
        _ connection: Connection, isInMemory: Bool, groupSize: Int, waitingCounts: MatchCountRegistry,
        onNewBulkWork: @escaping () -> Void
    ) {
        self.connection = connection
        self.isInMemory = isInMemory
        self.groupSize = groupSize
        self.waitingCounts = waitingCounts
        self.onNewBulkWork = onNewBulkWork
    }

    /// The size of the store in bytes.
    var size: Int { get throws { try connection.size } }

    func begin() throws {
        forgetUnwritten()
        try connection.begin()
    }

    /// Commits the transaction, together with the state gathered in memory, which is written once for all jobs of the
    /// group.
    func commit() throws {
        try countChanges.write(self)
        try sequences.write(self)
        try connection.commit()
        if let replaced { retire(replaced) }
        replaced = nil
        if hasNewBulkWork {
            hasNewBulkWork = false
            onNewBulkWork()
        }
        if !countProgress.isEmpty {
            waitingCounts.update(countProgress.values)
            countProgress = [:]
        }
    }

    func rollback() {
        forgetUnwritten()
        matchingSubscriptions.forget()
        subscriptionIdentities = [:]
        restore(replaced ?? connection)
        connection.rollback()
    }

    /// Continues with the database that ``replaceDatabase()`` has replaced.
    private func restore(_ earlier: Connection) {
        guard connection !== earlier else { return }
        connection.close()
        connection = earlier
        if replaced === earlier { replaced = nil }
    }

    /// Continues with an empty database in memory, in which only the numbers of the last rows are kept, since row
    /// numbers are never used again.
    func replaceDatabase() throws {
        let new = try Schema.open(path: ":memory:")
        try new.begin()
        for table in ["meta", "sqlite_sequence"] {
            try new.run("DELETE FROM \(table)")
            let rows = try all("SELECT * FROM \(table)") { (name: $0.string(0), value: $0.int64(1)) }
            for row in rows { try new.run("INSERT INTO \(table) VALUES (?, ?)", row.name, Int(row.value)) }
        }
        replaced = replaced ?? connection
        connection = new
    }

    func savepoint(_ body: () throws -> Void) throws {
        let (countChanges, sequences, hasNewBulkWork) = (countChanges, sequences, hasNewBulkWork)
        let (countProgress, connection) = (countProgress, connection)
        do {
            try connection.savepoint(body)
        } catch {
            self.countChanges = countChanges
            self.sequences = sequences
            self.hasNewBulkWork = hasNewBulkWork
            self.countProgress = countProgress
            matchingSubscriptions.forget()
            subscriptionIdentities = [:]
            restore(connection)
            throw error
        }
    }

    private func forgetUnwritten() {
        countChanges = EventCounts.Changes()
        sequences = Sequences()
        hasNewBulkWork = false
        countProgress = [:]
    }
}

/// Copies of the store.
extension StoreSession {
    /// Begins a copy of the store.
    ///
    /// - Throws: a ``SQLiteError`` if the file can't be written.
    func beginBackup(to path: String) throws { backups[path] = try OnlineBackup(of: connection, to: path) }

    /// Copies the next pages, outside of a transaction, and returns whether the copy is complete.
    ///
    /// - Throws: a ``SQLiteError`` if the copy can't be written.
    func stepBackup(to path: String, pages: Int) throws -> Bool { try backups[path]?.step(pages: pages) ?? true }

    /// Ends a copy, complete or not.
    func endBackup(to path: String) {
        backups.removeValue(forKey: path)?.finish()
        guard backups.isEmpty else { return }
        for connection in retired { connection.closeInBackground() }
        retired = []
    }

    private func retire(_ connection: Connection) {
        if backups.isEmpty { connection.closeInBackground() } else { retired.append(connection) }
    }
}

/// The methods of the connection that tables use.
extension StoreSession {
    func prepare(_ sql: String, _ values: any SQLValue...) throws -> Statement {
        try connection.prepare(sql, values: values)
    }

    func prepare(_ sql: String, values: [any SQLValue]) throws -> Statement {
        try connection.prepare(sql, values: values)
    }

    /// Runs a statement to its end and returns the number of rows that it inserted, changed or deleted.
    @discardableResult
    func run(_ sql: String, _ values: any SQLValue...) throws -> Int {
        let statement = try connection.prepare(sql, values: values)
        while try statement.step() {}
        return connection.changes
    }

    /// Runs the insertion of a row with an id.
    ///
    /// After a reset, ids repeat. The row of an earlier partner that still has the id is removed before its turn.
    ///
    /// - Throws: a ``SQLiteError`` if the row of a present partner has the id.
    func insert(_ statement: Statement, id: Identifier, into table: String) throws {
        do {
            while try statement.step() {}
        } catch let error as SQLiteError where error.isUniqueViolation {
            let removed = try run(
                "DELETE FROM \(table) WHERE id = ? AND partner NOT IN (SELECT partner FROM partners)", id)
            guard removed == 1 else { throw error }
            while try statement.step() {}
        }
    }

    func first<Value>(_ sql: String, _ values: any SQLValue..., read: (Statement) throws -> Value) throws -> Value? {
        let statement = try connection.prepare(sql, values: values)
        defer { statement.reset() }
        return try statement.step() ? try read(statement) : nil
    }

    /// Returns the results of `read` for all rows.
    func all<Value>(_ sql: String, _ values: any SQLValue..., read: (Statement) throws -> Value) throws -> [Value] {
        let statement = try connection.prepare(sql, values: values)
        defer { statement.reset() }
        var found: [Value] = []
        while try statement.step() { found.append(try read(statement)) }
        return found
    }
}
