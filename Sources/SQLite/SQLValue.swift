/// A value that can be bound to a parameter of a statement.
package protocol SQLValue {
    /// Binds the value to the parameter at an index, which is counted from 1.
    func bind(to statement: Statement, at index: Int32)
}

extension Int: SQLValue {
    package func bind(to statement: Statement, at index: Int32) { statement.bind(self, at: index) }
}
extension Int64: SQLValue {
    package func bind(to statement: Statement, at index: Int32) { statement.bind(self, at: index) }
}
extension Bool: SQLValue {
    package func bind(to statement: Statement, at index: Int32) { statement.bind(self ? 1 : 0, at: index) }
}
extension String: SQLValue {
    package func bind(to statement: Statement, at index: Int32) { statement.bind(self, at: index) }
}
extension [UInt8]: SQLValue {
    package func bind(to statement: Statement, at index: Int32) { statement.bind(self, at: index) }
}
extension Optional: SQLValue where Wrapped: SQLValue {
    package func bind(to statement: Statement, at index: Int32) {
        if let self { self.bind(to: statement, at: index) } else { statement.bindNull(at: index) }
    }
}
