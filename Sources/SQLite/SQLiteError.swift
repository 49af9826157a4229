import CSQLite

/// An error of SQLite with its code, its message and the statement that failed.
package struct SQLiteError: Error, CustomStringConvertible, Sendable {
    /// The extended result code.
    package let code: Int32
    /// The message of SQLite, in one line.
    package let message: String
    /// The statement that failed, if a statement did.
    package var sql: String?

    /// Creates an error from a result code and a message.
    package init(code: Int32, message: String, sql: String? = nil) {
        self.code = code
        self.message = message
        self.sql = sql
    }

    /// Returns the error of a row with a value that no version of this program stores.
    package static func damage(_ message: String, sql: String) -> Self {
        Self(code: SQLITE_CORRUPT, message: message, sql: sql)
    }

    /// Whether the disk is full, fails or is not writable: nothing was changed, and a later attempt may succeed.
    package var isStorageFailure: Bool {
        [SQLITE_FULL, SQLITE_IOERR, SQLITE_READONLY, SQLITE_CANTOPEN].contains(code & 0xFF)
    }

    /// Whether the file is not a SQLite database, or a damaged one.
    package var isDamage: Bool { [SQLITE_CORRUPT, SQLITE_NOTADB, SQLITE_FORMAT].contains(code & 0xFF) }

    /// Whether a row was not inserted because another row has the same unique value.
    package var isUniqueViolation: Bool { code == SQLITE_CONSTRAINT | 8 << 8 }

    /// Whether another process has locked the file.
    package var isBusy: Bool { [SQLITE_BUSY, SQLITE_LOCKED].contains(code & 0xFF) }

    /// The message with the code and, if there is one, the statement.
    package var description: String { "\(message) (SQLite code \(code))" + (sql.map { " in: \($0)" } ?? "") }

    /// Returns SQLite's message about its last error, as one line without control characters, since a message about a
    /// damaged file quotes its content.
    static func message(of handle: OpaquePointer?) -> String {
        let text = String(cString: sqlite3_errmsg(handle)).unicodeScalars.prefix(200).prefix {
            $0 != "\n" && $0 != "\r"
        }
        return String(
            String.UnicodeScalarView(text.map { $0.properties.generalCategory == .control ? "\u{FFFD}" : $0 }))
    }
}
