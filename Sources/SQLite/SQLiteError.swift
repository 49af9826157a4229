import CSQLite

/// An error that SQLite returned: its code, its message and the statement.
package struct SQLiteError: Error, CustomStringConvertible, Sendable {
    /// The extended result code.
    package let code: Int32
    package let message: String
    package var sql: String?

    package init(code: Int32, message: String, sql: String? = nil) {
        self.code = code
        self.message = message
        self.sql = sql
    }

    /// Creates the error of a value that no version of this program stores.
    package static func damage(_ message: String, sql: String) -> Self {
        Self(code: SQLITE_CORRUPT, message: message, sql: sql)
    }

    /// Whether there is no room on the disk, or no right to write: nothing was changed, and a later attempt may succeed.
    package var isStorageFailure: Bool {
        [SQLITE_FULL, SQLITE_IOERR, SQLITE_READONLY, SQLITE_CANTOPEN].contains(code & 0xFF)
    }

    /// Whether the file holds no database, or not a whole one.
    package var isDamage: Bool { [SQLITE_CORRUPT, SQLITE_NOTADB, SQLITE_FORMAT].contains(code & 0xFF) }

    /// Whether another process has locked the file.
    package var isBusy: Bool { [SQLITE_BUSY, SQLITE_LOCKED].contains(code & 0xFF) }

    package var description: String { "\(message) (SQLite code \(code))" + (sql.map { " in: \($0)" } ?? "") }

    /// Returns what SQLite says of its last error, in one line: of a damaged file it quotes whatever is there.
    static func message(of handle: OpaquePointer?) -> String {
        let text = String(cString: sqlite3_errmsg(handle)).unicodeScalars.prefix(200).prefix {
            $0 != "\n" && $0 != "\r"
        }
        return String(
            String.UnicodeScalarView(text.map { $0.properties.generalCategory == .control ? "\u{FFFD}" : $0 }))
    }
}
