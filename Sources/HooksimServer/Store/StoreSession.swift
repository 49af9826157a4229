import SQLite
import Webhooks

/// The store as seen by a job of its queue: the connection, and the state in memory that changes with its transactions.
final class StoreSession: TransactionSession {
    let connection: Connection
    /// The changes of the event counts in the transaction under way.
    var countChanges = EventCounts.Changes()
    /// The counters that the transaction under way has incremented.
    var sequences = Sequences()
    /// The cache of the active subscriptions that receive an event.
    var matchingSubscriptions = MatchingSubscriptions()

    init(_ connection: Connection) { self.connection = connection }

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
    }

    func rollback() {
        forgetUnwritten()
        matchingSubscriptions.forget()
        connection.rollback()
    }

    func savepoint(_ body: () throws -> Void) throws {
        let (countChanges, sequences) = (countChanges, sequences)
        do {
            try connection.savepoint(body)
        } catch {
            self.countChanges = countChanges
            self.sequences = sequences
            matchingSubscriptions.forget()
            throw error
        }
    }

    private func forgetUnwritten() {
        countChanges = EventCounts.Changes()
        sequences = Sequences()
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
