import CSQLite

/// A prepared statement, whose parameters are counted from 1 and whose columns are counted from 0.
///
/// A getter throws if a column has a value outside the range of its type, so that a damaged row is not read as a valid
/// one.
package final class Statement {
    @usableFromInline
    let pointer: OpaquePointer
    /// The SQL from which the statement was prepared.
    package let sql: String

    init(_ pointer: OpaquePointer, sql: String) {
        self.pointer = pointer
        self.sql = sql
    }

    deinit { sqlite3_finalize(pointer) }

    /// Resets the statement, so that it can be run again, and clears its bindings.
    package func reset() {
        sqlite3_reset(pointer)
        sqlite3_clear_bindings(pointer)
    }

    /// Steps to the next row, and returns `true`. After the last row it returns `false`, and the statement is reset.
    ///
    /// - Throws: a ``SQLiteError``.
    @inlinable
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
    /// Binds NULL to the parameter at an index.
    package func bindNull(at index: Int32) { sqlite3_bind_null(pointer, index) }

    /// Binds an integer to the parameter at an index.
    @inlinable
    package func bind(_ value: Int64, at index: Int32) { sqlite3_bind_int64(pointer, index, value) }

    /// Binds an integer to the parameter at an index.
    @inlinable
    package func bind(_ value: Int, at index: Int32) { sqlite3_bind_int64(pointer, index, Int64(value)) }

    /// Binds a text, which is copied, to the parameter at an index.
    package func bind(_ text: String, at index: Int32) {
        var text = text
        text.withUTF8 { utf8 in
            _ = utf8.withMemoryRebound(to: CChar.self) {
                // A null pointer would bind NULL, so the empty string needs an address of its own.
                sqlite3_bind_text(pointer, index, $0.baseAddress ?? emptyText, Int32($0.count), transient)
            }
        }
    }

    /// Binds a BLOB, which is copied, to the parameter at an index.
    package func bind(_ bytes: [UInt8], at index: Int32) {
        bytes.withUnsafeBytes { bind($0, at: index) }
    }

    /// Binds a BLOB, which is copied, to the parameter at an index.
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
    /// Returns whether the column is NULL.
    @inlinable
    package func isNull(_ column: Int32) -> Bool { sqlite3_column_type(pointer, column) == SQLITE_NULL }

    /// The limit of ``integer(_:)``: sums of larger numbers could overflow, and no version of this program stores them.
    @usableFromInline
    static var maxMagnitude: UInt64 { 1 << 53 }

    /// Returns the column's integer of at most 53 bits.
    ///
    /// - Throws: a ``SQLiteError`` of damage if the integer is larger.
    @inlinable
    package func integer(_ column: Int32) throws -> Int {
        let number = sqlite3_column_int64(pointer, column)
        guard number.magnitude <= Self.maxMagnitude else { throw damage }
        return Int(number)
    }

    /// Returns the column's integer of up to 64 bits, without a check of its range.
    @inlinable
    package func int64(_ column: Int32) -> Int64 { sqlite3_column_int64(pointer, column) }

    /// Returns whether the column's integer is not 0.
    @inlinable
    package func bool(_ column: Int32) -> Bool { sqlite3_column_int64(pointer, column) != 0 }

    /// Returns the column's bytes, which are valid until the next step.
    @inlinable
    package func bytes(_ column: Int32) -> UnsafeBufferPointer<UInt8> {
        let start = sqlite3_column_blob(pointer, column)
        return UnsafeBufferPointer(
            start: start?.assumingMemoryBound(to: UInt8.self), count: Int(sqlite3_column_bytes(pointer, column)))
    }

    /// Returns the column's text, in which each invalid sequence of UTF-8 is replaced by U+FFFD.
    @inlinable
    package func string(_ column: Int32) -> String { String(decoding: bytes(column), as: UTF8.self) }

    /// The error of a row with a value that no version of this program stores. Reading this property resets the
    /// statement.
    package var damage: SQLiteError {
        reset()
        return .damage("a row contains invalid values", sql: sql)
    }
}

/// SQLITE_TRANSIENT, with which SQLite copies the bound value before `sqlite3_bind_*` returns.
private let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
nonisolated(unsafe) private let emptyText: UnsafePointer<CChar> = {
    // The byte is never written again and never freed, so that any thread may read it.
    let pointer = UnsafeMutablePointer<CChar>.allocate(capacity: 1)
    pointer.initialize(to: 0)
    return UnsafePointer(pointer)
}()
