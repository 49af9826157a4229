import SQLite
import Webhooks

/// The store as a job of its queue works on it: the connection, and what is kept in memory beside it and changes with it.
final class StoreSession: TransactionSession {
    let connection: Connection
    /// By how much the transaction under way changes the counts of events.
    var countChanges = EventCounts.Changes()
    /// The numbers that the transaction under way has drawn.
    var sequences = Sequences()
    /// Which active subscriptions an event goes to.
    var matchingSubscriptions = MatchingSubscriptions()

    init(_ connection: Connection) { self.connection = connection }

    /// The size of the store in bytes.
    var size: Int { get throws { try connection.size } }

    func begin() throws {
        forgetUnwritten()
        try connection.begin()
    }

    /// Commits the transaction with what was gathered in memory, which is written once however many jobs changed it.
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

/// What tables use of the connection.
extension StoreSession {
    func prepare(_ sql: String, _ values: any SQLValue...) throws -> Statement {
        try connection.prepare(sql, values: values)
    }

    func prepare(_ sql: String, values: [any SQLValue]) throws -> Statement {
        try connection.prepare(sql, values: values)
    }

    /// Runs a statement to its end and returns how many rows it inserted, changed or deleted.
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

    /// Returns what `read` returns of each row.
    func all<Value>(_ sql: String, _ values: any SQLValue..., read: (Statement) throws -> Value) throws -> [Value] {
        let statement = try connection.prepare(sql, values: values)
        defer { statement.reset() }
        var found: [Value] = []
        while try statement.step() { found.append(try read(statement)) }
        return found
    }
}
