package import SQLite
package import Webhooks

/// Getters of columns with the domain's own types. Each throws if a damaged store has a value that no version of this program
/// stores.
extension Statement {
    /// Returns the value that `read` returns for the column, or `nil` if the column is NULL.
    ///
    /// The function is in the module of its callers, because a generic function of another module is not specialized and looks its
    /// types up in each of its calls, of which a page has several for each row.
    ///
    /// - Throws: what `read` throws.
    func optional<Value>(_ column: Int32, _ read: (Int32) throws -> Value) rethrows -> Value? {
        isNull(column) ? nil : try read(column)
    }

    func timestamp(_ column: Int32) throws -> Timestamp {
        let milliseconds = int64(column)
        guard Timestamp.writable.contains(milliseconds) else { throw damage }
        return Timestamp(milliseconds: milliseconds)
    }

    func topic(_ column: Int32) throws -> Topic {
        guard let topic = Topic(number: try integer(column)) else { throw damage }
        return topic
    }

    func status(_ column: Int32) throws -> EventStatus {
        guard let status = EventStatus(number: try integer(column)) else { throw damage }
        return status
    }

    /// The kind of a failed attempt, by its name.
    func failure(_ column: Int32) throws -> AttemptFailure.Kind {
        guard let kind = AttemptFailure.Kind(rawValue: string(column)) else { throw damage }
        return kind
    }

    /// The number of an attempt at an event. It is bounded, because a recording has a list of that length.
    func attempt(_ column: Int32) throws -> Int {
        let number = try integer(column)
        guard (1...1_000_000).contains(number) else { throw damage }
        return number
    }

    func identifier(_ column: Int32) throws -> Identifier {
        let bytes = UnsafeRawBufferPointer(bytes(column))
        guard bytes.count == 16 else { throw damage }
        return Identifier(
            high: UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
            low: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
    }

    /// Binds the 16 bytes of an identifier.
    func bind(_ identifier: Identifier, at index: Int32) {
        var words = (identifier.high.bigEndian, identifier.low.bigEndian)
        withUnsafeBytes(of: &words) { bind($0, at: index) }
    }
}

extension Identifier: SQLValue {
    package func bind(to statement: Statement, at index: Int32) { statement.bind(self, at: index) }
}

extension Timestamp: SQLValue {
    package func bind(to statement: Statement, at index: Int32) { statement.bind(milliseconds, at: index) }
}
