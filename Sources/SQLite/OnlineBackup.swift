import CSQLite

/// A copy of a database into a new file, written some pages at a time.
///
/// The source may be changed between two steps by its own connection: SQLite then writes the change into the copy as
/// well, so the copy is complete as of the last step. The object must be used where the source may be used.
package final class OnlineBackup {
    private let source: Connection
    private let destination: Connection
    private var handle: OpaquePointer?

    /// Begins a copy.
    ///
    /// - Parameters:
    ///   - source: the connection to copy from, which must not be closed before the copy has ended.
    ///   - path: an empty file, or one that does not exist.
    /// - Throws: a ``SQLiteError`` if the file can't be written.
    package init(of source: Connection, to path: String) throws {
        self.source = source
        destination = try Connection(path: path)
        // A copy that is interrupted is worth nothing, so it needs neither a journal nor a sync.
        try destination.execute("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF")
        handle = sqlite3_backup_init(destination.handle, "main", source.handle, "main")
        guard handle != nil else { throw error(sqlite3_errcode(destination.handle)) }
    }

    deinit { finish() }

    /// Copies the next pages, and returns whether the copy is complete.
    ///
    /// - Throws: a ``SQLiteError`` if the copy can't be written.
    package func step(pages: Int) throws -> Bool {
        let code = sqlite3_backup_step(handle, Int32(pages))
        switch code {
        case SQLITE_DONE: return true
        case SQLITE_OK: return false
        default: throw error(code)
        }
    }

    /// Ends the copy, complete or not, and closes its file.
    package func finish() {
        sqlite3_backup_finish(handle)
        handle = nil
        destination.close()
    }

    private func error(_ code: Int32) -> SQLiteError {
        SQLiteError(code: code, message: SQLiteError.message(of: destination.handle), sql: "backup")
    }
}
