import CSQLite
import NIOPosix

/// A SQLite connection with its prepared statements, for use by one thread at a time.
package final class Connection {
    let handle: OpaquePointer
    private var isClosed = false
    private var statements: StatementCache
    /// An object that is retained for as long as the file is open.
    private var companion: AnyObject?

    /// Opens a database file, or creates an empty one if there is none.
    ///
    /// - Parameters:
    ///   - path: a file, or `:memory:`.
    ///   - companion: an object that is retained until the connection is closed, for example a lock on the file.
    ///   - statementLimit: the maximum number of prepared statements that are kept.
    /// - Throws: a ``SQLiteError``.
    package init(path: String, keeping companion: AnyObject? = nil, statementLimit: Int = 200) throws {
        var handle: OpaquePointer?
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
        let code = sqlite3_open_v2(path, &handle, flags, nil)
        guard code == SQLITE_OK, let handle else {
            let message = SQLiteError.message(of: handle)
            sqlite3_close_v2(handle)
            throw SQLiteError(code: code, message: message)
        }
        self.handle = handle
        self.companion = companion
        statements = StatementCache(limit: statementLimit)
        sqlite3_busy_timeout(handle, 0)
    }

    /// The version of the SQLite library in use.
    package static var libraryVersion: String { String(cString: sqlite3_libversion()) }

    deinit { close() }

    /// Closes the file. Every later use of the connection throws.
    package func close() {
        guard !isClosed else { return }
        isClosed = true
        statements.removeAll()
        sqlite3_close_v2(handle)
        companion = nil
    }

    /// Closes a database in memory on a thread for blocking work, since it takes as long as the database is large, and
    /// returns its memory to the operating system. The caller must not use the connection any more.
    package func closeInBackground() {
        nonisolated(unsafe) let connection = self
        NIOThreadPool.singleton.submit { _ in
            connection.close()
            returnFreeMemory()
        }
    }

    /// Runs statements that have no parameters and return no rows.
    ///
    /// - Throws: a ``SQLiteError``.
    package func execute(_ sql: String) throws {
        try checkOpen()
        let code = sqlite3_exec(handle, sql, nil, nil, nil)
        guard code == SQLITE_OK else { throw error(code, sql) }
    }

    /// Returns a statement with its parameters bound in order. The statement is prepared once and kept.
    ///
    /// The statement must be stepped to its end or reset before the same SQL is prepared again.
    ///
    /// - Throws: a ``SQLiteError``.
    package func prepare(_ sql: String, _ values: any SQLValue...) throws -> Statement {
        try prepare(sql, values: values)
    }

    /// Returns a statement with the values of an array bound to its parameters in order.
    ///
    /// - Throws: a ``SQLiteError``.
    package func prepare(_ sql: String, values: [any SQLValue]) throws -> Statement {
        let statement = try cached(sql)
        statement.reset()
        for (index, value) in values.enumerated() { value.bind(to: statement, at: Int32(index + 1)) }
        return statement
    }

    /// Runs a statement to its end, and ignores its rows.
    ///
    /// - Throws: a ``SQLiteError``.
    package func run(_ sql: String, _ values: any SQLValue...) throws {
        let statement = try prepare(sql, values: values)
        while try statement.step() {}
    }

    /// Returns the value that `read` returns for the first row, or `nil` if there is no row.
    ///
    /// - Throws: a ``SQLiteError``, or what `read` throws.
    package func first<Value>(
        _ sql: String, _ values: any SQLValue..., read: (Statement) throws -> Value
    ) throws -> Value? {
        let statement = try prepare(sql, values: values)
        defer { statement.reset() }
        return try statement.step() ? try read(statement) : nil
    }

    /// The number of rows that the last statement inserted, changed or deleted.
    package var changes: Int { Int(sqlite3_changes(handle)) }

    /// The number of rows that were inserted, changed or deleted since the connection was opened.
    package var totalChanges: Int { Int(sqlite3_total_changes64(handle)) }

    /// The rowid of the row that was inserted last.
    package var lastInsertedRow: Int64 { sqlite3_last_insert_rowid(handle) }

    /// The size of the database in bytes.
    package var size: Int {
        get throws {
            let pages = try first("PRAGMA page_count") { try $0.integer(0) } ?? 0
            return pages * (try first("PRAGMA page_size") { try $0.integer(0) } ?? 0)
        }
    }

    /// Whether a transaction has begun and has been neither committed nor rolled back.
    package var isInTransaction: Bool { !isClosed && sqlite3_get_autocommit(handle) == 0 }

    private func cached(_ sql: String) throws -> Statement {
        try checkOpen()
        if let statement = statements[sql] { return statement }
        var pointer: OpaquePointer?
        let code = sqlite3_prepare_v3(handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &pointer, nil)
        guard code == SQLITE_OK, let pointer else { throw error(code, sql) }
        let statement = Statement(pointer, sql: sql)
        statements.insert(statement, sql)
        return statement
    }

    private func checkOpen() throws {
        if isClosed { throw SQLiteError(code: SQLITE_MISUSE, message: "the store is closed") }
    }

    private func error(_ code: Int32, _ sql: String) -> SQLiteError {
        SQLiteError(code: code, message: SQLiteError.message(of: handle), sql: sql)
    }
}
