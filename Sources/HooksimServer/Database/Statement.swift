import CSQLite
import Webhooks

/// A prepared statement: values go in by position from 1, columns come out by position from 0.
final class Statement {
    private let pointer: OpaquePointer
    private let sql: String
    /// Whether the row that was read last has a number that no version of this program stores.
    private var hasNonsense = false

    init(_ pointer: OpaquePointer, sql: String) {
        self.pointer = pointer
        self.sql = sql
    }

    deinit { sqlite3_finalize(pointer) }

    func reset() {
        hasNonsense = false
        sqlite3_reset(pointer)
        sqlite3_clear_bindings(pointer)
    }

    /// Moves to the next row; after the last one it returns `false` and the statement is reset.
    func step() throws -> Bool {
        try checkSense()
        let code = sqlite3_step(pointer)
        switch code {
        case SQLITE_ROW: return true
        case SQLITE_DONE:
            sqlite3_reset(pointer)
            return false
        default:
            let message = DatabaseError.message(of: sqlite3_db_handle(pointer))
            sqlite3_reset(pointer)
            throw DatabaseError(code: code, message: message, sql: sql)
        }
    }

    func bind(_ value: Int64?, at index: Int32) {
        if let value { sqlite3_bind_int64(pointer, index, value) } else { sqlite3_bind_null(pointer, index) }
    }

    func bind(_ value: Int, at index: Int32) { sqlite3_bind_int64(pointer, index, Int64(value)) }

    func bind(_ text: String?, at index: Int32) {
        guard var text else {
            sqlite3_bind_null(pointer, index)
            return
        }
        text.withUTF8 { utf8 in
            _ = utf8.withMemoryRebound(to: CChar.self) {
                // A null pointer would bind NULL, so the empty string needs an address of its own.
                sqlite3_bind_text(pointer, index, $0.baseAddress ?? emptyText, Int32($0.count), transient)
            }
        }
    }

    func bind(_ bytes: [UInt8]?, at index: Int32) {
        guard let bytes else {
            sqlite3_bind_null(pointer, index)
            return
        }
        bytes.withUnsafeBytes { buffer in
            guard let start = buffer.baseAddress, !buffer.isEmpty else {
                sqlite3_bind_zeroblob(pointer, index, 0)
                return
            }
            sqlite3_bind_blob(pointer, index, start, Int32(buffer.count), transient)
        }
    }

    func bind(_ identifier: Identifier, at index: Int32) {
        var words = (identifier.high.bigEndian, identifier.low.bigEndian)
        withUnsafeBytes(of: &words) { _ = sqlite3_bind_blob(pointer, index, $0.baseAddress, 16, transient) }
    }

    func isNull(_ column: Int32) -> Bool { sqlite3_column_type(pointer, column) == SQLITE_NULL }

    /// A number that may be counted on: one so large that it could overflow is in a damaged store only, as with ``topic(_:)``.
    func integer(_ column: Int32) -> Int {
        let number = Int(sqlite3_column_int64(pointer, column))
        return sensible(Self.numbers.contains(number) ? number : nil, or: 0)
    }

    private static let numbers = -(1 << 53)...(1 << 53)

    /// The number of an attempt at an event, as with ``topic(_:)``: what is made of it is a list as long as that.
    func attempt(_ column: Int32) -> Int {
        let number = integer(column)
        return sensible(Self.attempts.contains(number) ? number : nil, or: 1)
    }

    private static let attempts = 1...1_000_000

    func int64(_ column: Int32) -> Int64 { sqlite3_column_int64(pointer, column) }

    func timestamp(_ column: Int32) -> Timestamp { Timestamp(milliseconds: sqlite3_column_int64(pointer, column)) }

    /// A topic by its number. In a damaged store it may be any number; the next step then fails, before anybody is answered.
    func topic(_ column: Int32) -> Topic { sensible(Topic(number: integer(column)), or: .invoicePaid) }

    /// A status by its number, as with ``topic(_:)``.
    func status(_ column: Int32) -> EventStatus { sensible(EventStatus(number: integer(column)), or: .failed) }

    /// Why an attempt failed by its name, as with ``topic(_:)``.
    func failure(_ column: Int32) -> AttemptFailure.Kind {
        sensible(AttemptFailure.Kind(rawValue: string(column)), or: .other)
    }

    private func sensible<Value>(_ value: Value?, or substitute: Value) -> Value {
        if value == nil { hasNonsense = true }
        return value ?? substitute
    }

    /// - Throws: ``DatabaseError`` when the row that was read has values that can't be.
    func checkSense() throws {
        guard hasNonsense else { return }
        reset()
        throw DatabaseError.damage("a row has values that can't be", sql: sql)
    }

    func bool(_ column: Int32) -> Bool { sqlite3_column_int64(pointer, column) != 0 }

    func optional<Value>(_ column: Int32, _ read: (Int32) -> Value) -> Value? {
        isNull(column) ? nil : read(column)
    }

    /// The column's bytes; valid until the next step.
    func bytes(_ column: Int32) -> UnsafeBufferPointer<UInt8> {
        let start = sqlite3_column_blob(pointer, column)
        return UnsafeBufferPointer(
            start: start?.assumingMemoryBound(to: UInt8.self), count: Int(sqlite3_column_bytes(pointer, column)))
    }

    func string(_ column: Int32) -> String { String(decoding: bytes(column), as: UTF8.self) }

    func identifier(_ column: Int32) -> Identifier {
        let bytes = UnsafeRawBufferPointer(bytes(column))
        guard bytes.count == 16 else { return Identifier(high: 0, low: 0) }
        return Identifier(
            high: UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
            low: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
    }
}

/// SQLITE_TRANSIENT: SQLite copies what is bound before the call returns.
private let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
nonisolated(unsafe) private let emptyText: UnsafePointer<CChar> = {
    // Never written and never freed, so any thread may read it.
    let pointer = UnsafeMutablePointer<CChar>.allocate(capacity: 1)
    pointer.initialize(to: 0)
    return UnsafePointer(pointer)
}()

/// A value that a statement can be given.
protocol SQLValue {
    func bind(to statement: Statement, at index: Int32)
}

extension Int: SQLValue {
    func bind(to statement: Statement, at index: Int32) { statement.bind(self, at: index) }
}
extension Int64: SQLValue {
    func bind(to statement: Statement, at index: Int32) { statement.bind(self, at: index) }
}
extension Bool: SQLValue {
    func bind(to statement: Statement, at index: Int32) { statement.bind(self ? 1 : 0, at: index) }
}
extension String: SQLValue {
    func bind(to statement: Statement, at index: Int32) { statement.bind(self, at: index) }
}
extension Array: SQLValue where Element == UInt8 {
    func bind(to statement: Statement, at index: Int32) { statement.bind(self, at: index) }
}
extension Identifier: SQLValue {
    func bind(to statement: Statement, at index: Int32) { statement.bind(self, at: index) }
}
extension Timestamp: SQLValue {
    func bind(to statement: Statement, at index: Int32) { statement.bind(milliseconds, at: index) }
}
extension Optional: SQLValue where Wrapped: SQLValue {
    func bind(to statement: Statement, at index: Int32) {
        if let self { self.bind(to: statement, at: index) } else { statement.bind(Int64?.none, at: index) }
    }
}
