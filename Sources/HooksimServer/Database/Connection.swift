import CSQLite
import Webhooks

/// SQLite said no: its message, its code and the statement.
struct DatabaseError: Error, CustomStringConvertible {
    let code: Int32
    let message: String
    var sql: String?

    /// No room on the disk, or no right to write: nothing was changed, and it may work again later.
    var isStorageFailure: Bool { [SQLITE_FULL, SQLITE_IOERR, SQLITE_READONLY, SQLITE_CANTOPEN].contains(code & 0xFF) }

    /// What SQLite says of its last error: one line, since of a damaged file it quotes whatever is there.
    static func message(of handle: OpaquePointer?) -> String {
        let text = String(cString: sqlite3_errmsg(handle)).unicodeScalars.prefix(200).prefix {
            $0 != "\n" && $0 != "\r"
        }
        return String(
            String.UnicodeScalarView(text.map { $0.properties.generalCategory == .control ? "\u{FFFD}" : $0 }))
    }

    /// What is read can't be what was written.
    static func damage(_ message: String, sql: String) -> Self {
        Self(code: SQLITE_CORRUPT, message: message, sql: sql)
    }

    /// What the file holds is no database, or not a whole one.
    var isDamage: Bool { [SQLITE_CORRUPT, SQLITE_NOTADB, SQLITE_FORMAT].contains(code & 0xFF) }

    /// Another process owns the file.
    var isBusy: Bool { [SQLITE_BUSY, SQLITE_LOCKED].contains(code & 0xFF) }

    var description: String { "\(message) (SQLite code \(code))" + (sql.map { " in: \($0)" } ?? "") }
}

/// One SQLite connection with its prepared statements; used by one thread at a time.
final class Connection {
    let handle: OpaquePointer
    private var isClosed = false
    /// Held for as long as the file is open.
    private var claim: StoreClaim?
    private var statements: [String: Statement] = [:]
    /// What the transaction under way has changed that is written by ``commit()``.
    var unwritten = Unwritten()
    /// What was read of subscriptions; here, since whoever undoes a change has to forget it.
    var matchingSubscriptions = MatchingSubscriptions()

    /// Opens a database, and makes an empty one where there is none.
    /// - Parameter path: a file, or `:memory:`.
    init(path: String, claim: StoreClaim? = nil) throws {
        var handle: OpaquePointer?
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
        let code = sqlite3_open_v2(path, &handle, flags, nil)
        guard code == SQLITE_OK, let handle else {
            let message = DatabaseError.message(of: handle)
            sqlite3_close_v2(handle)
            throw DatabaseError(code: code, message: message)
        }
        self.handle = handle
        self.claim = claim
        sqlite3_busy_timeout(handle, 0)
    }

    deinit { close() }

    /// Gives the file back; whatever is asked for afterwards is an error.
    func close() {
        guard !isClosed else { return }
        isClosed = true
        statements.removeAll()
        sqlite3_close_v2(handle)
        claim = nil
    }

    /// Runs statements that take no values and give no rows.
    func execute(_ sql: String) throws {
        try checkOpen()
        let code = sqlite3_exec(handle, sql, nil, nil, nil)
        guard code == SQLITE_OK else { throw error(code, sql) }
    }

    /// A statement, prepared once and kept, with its values bound from the left.
    ///
    /// It must be stepped to its end or reset before the same SQL is asked for again.
    func prepare(_ sql: String, _ values: any SQLValue...) throws -> Statement {
        try prepare(sql, values: values)
    }

    func prepare(_ sql: String, values: [any SQLValue]) throws -> Statement {
        let statement = try cached(sql)
        statement.reset()
        for (index, value) in values.enumerated() { value.bind(to: statement, at: Int32(index + 1)) }
        return statement
    }

    /// Runs a statement to its end, ignoring its rows.
    func run(_ sql: String, _ values: any SQLValue...) throws {
        let statement = try prepare(sql, values: values)
        while try statement.step() {}
    }

    /// What `read` makes of the first row, if there is one.
    func first<Value>(_ sql: String, _ values: any SQLValue..., read: (Statement) throws -> Value) throws -> Value? {
        let statement = try prepare(sql, values: values)
        defer { statement.reset() }
        guard try statement.step() else { return nil }
        let value = try read(statement)
        try statement.checkSense()
        return value
    }

    /// How many rows the last statement inserted, changed or deleted.
    var changes: Int { Int(sqlite3_changes(handle)) }

    /// How many rows were inserted, changed or deleted since the connection was opened.
    var totalChanges: Int { Int(sqlite3_total_changes64(handle)) }

    var lastInsertedRow: Int64 { sqlite3_last_insert_rowid(handle) }

    var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

    private func cached(_ sql: String) throws -> Statement {
        try checkOpen()
        if let statement = statements[sql] { return statement }
        var pointer: OpaquePointer?
        let code = sqlite3_prepare_v3(handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &pointer, nil)
        guard code == SQLITE_OK, let pointer else { throw error(code, sql) }
        let statement = Statement(pointer, sql: sql)
        statements[sql] = statement
        return statement
    }

    private func checkOpen() throws {
        if isClosed { throw DatabaseError(code: SQLITE_MISUSE, message: "the store is closed") }
    }

    private func error(_ code: Int32, _ sql: String) -> DatabaseError {
        DatabaseError(code: code, message: DatabaseError.message(of: handle), sql: sql)
    }
}
