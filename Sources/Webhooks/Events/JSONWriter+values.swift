package import StrictJSON

extension JSONWriter {
    /// Writes an identifier as a string.
    package mutating func identifier(_ identifier: Identifier) {
        fixedString(length: 36) { identifier.write(into: $0) }
    }

    /// Writes an instant as a string.
    package mutating func timestamp(_ timestamp: Timestamp) {
        fixedString(length: 24) { timestamp.write(into: $0) }
    }
}
