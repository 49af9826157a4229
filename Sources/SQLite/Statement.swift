import CSQLite

/// A prepared statement: values are bound by position from 1, columns are read by position from 0.
///
/// A getter throws when a column has a value that cannot be what it is read as, so that no damaged row is taken for a sound one.
package final class Statement {
    private let pointer: OpaquePointer
    package let sql: String

    init(_ pointer: OpaquePointer, sql: String) {
        self.pointer = pointer
        self.sql = sql
    }

    deinit { sqlite3_finalize(pointer) }

    /// Makes the statement ready to be run again, with no values bound.
    package func reset() {
        sqlite3_reset(pointer)
        sqlite3_clear_bindings(pointer)
    }

    /// Moves to the next row; after the last one it returns `false` and the statement is reset.
    ///
    /// - Throws: a ``SQLiteError``.
    package func step() throws -> Bool {
        let code = sqlite3_step(pointer)
        switch code {
        case SQLITE_ROW: return true
        case SQLITE_DONE:
            sqlite3_reset(pointer)
            return false
        default:
            let message = SQLiteError.message(of: sqlite3_db_handle(pointer))
            sqlite3_reset(pointer)
            throw SQLiteError(code: code, message: message, sql: sql)
        }
    }
}

// MARK: Values

extension Statement {
    package func bindNull(at index: Int32) { sqlite3_bind_null(pointer, index) }

    package func bind(_ value: Int64, at index: Int32) { sqlite3_bind_int64(pointer, index, value) }

    package func bind(_ value: Int, at index: Int32) { sqlite3_bind_int64(pointer, index, Int64(value)) }

    package func bind(_ text: String, at index: Int32) {
        var text = text
        text.withUTF8 { utf8 in
            _ = utf8.withMemoryRebound(to: CChar.self) {
                // A null pointer would bind NULL, so the empty string needs an address of its own.
                sqlite3_bind_text(pointer, index, $0.baseAddress ?? emptyText, Int32($0.count), transient)
            }
        }
    }

    package func bind(_ bytes: [UInt8], at index: Int32) {
        bytes.withUnsafeBytes { bind($0, at: index) }
    }

    /// Binds bytes, which are copied.
    package func bind(_ bytes: UnsafeRawBufferPointer, at index: Int32) {
        guard let start = bytes.baseAddress, !bytes.isEmpty else {
            sqlite3_bind_zeroblob(pointer, index, 0)
            return
        }
        sqlite3_bind_blob(pointer, index, start, Int32(bytes.count), transient)
    }
}

// MARK: Columns

extension Statement {
    package func isNull(_ column: Int32) -> Bool { sqlite3_column_type(pointer, column) == SQLITE_NULL }

    /// The numbers that can be counted on: what is larger could overflow, and no version of this program stores it.
    private static let numbers: ClosedRange<Int64> = -(1 << 53)...(1 << 53)

    /// Returns a whole number of at most 53 bits.
    ///
    /// - Throws: a ``SQLiteError`` of damage for any other.
    package func integer(_ column: Int32) throws -> Int {
        let number = sqlite3_column_int64(pointer, column)
        guard Self.numbers.contains(number) else { throw damage }
        return Int(number)
    }

    /// Returns a whole number of 64 bits, whatever it is.
    package func int64(_ column: Int32) -> Int64 { sqlite3_column_int64(pointer, column) }

    package func bool(_ column: Int32) -> Bool { sqlite3_column_int64(pointer, column) != 0 }

    /// Returns what `read` returns of the column, or `nil` when it is NULL.
    package func optional<Value>(_ column: Int32, _ read: (Int32) throws -> Value) rethrows -> Value? {
        isNull(column) ? nil : try read(column)
    }

    /// Returns the column's bytes, which are valid until the next step.
    package func bytes(_ column: Int32) -> UnsafeBufferPointer<UInt8> {
        let start = sqlite3_column_blob(pointer, column)
        return UnsafeBufferPointer(
            start: start?.assumingMemoryBound(to: UInt8.self), count: Int(sqlite3_column_bytes(pointer, column)))
    }

    /// Returns the column's text; what is not UTF-8 is replaced.
    package func string(_ column: Int32) -> String { String(decoding: bytes(column), as: UTF8.self) }

    /// The error of a row with a value that no version of this program stores; the statement is reset.
    package var damage: SQLiteError {
        reset()
        return .damage("a row contains invalid values", sql: sql)
    }
}

/// SQLITE_TRANSIENT: SQLite copies what is bound before the call returns.
private let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
nonisolated(unsafe) private let emptyText: UnsafePointer<CChar> = {
    // Never written and never freed, so that any thread may read it.
    let pointer = UnsafeMutablePointer<CChar>.allocate(capacity: 1)
    pointer.initialize(to: 0)
    return UnsafePointer(pointer)
}()
