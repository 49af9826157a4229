import StrictJSON

/// The fields of a query or of an `application/x-www-form-urlencoded` body, in their order.
package struct FormFields: Sendable {
    /// The names and the values.
    package let fields: [(name: String, value: String)]

    /// Creates fields from names and values.
    package init(fields: [(name: String, value: String)]) { self.fields = fields }

    /// Returns a text in which all characters except letters, digits and -._~ are percent-encoded.
    package static func encode(_ text: String) -> String {
        PercentEncoding.encode(text.utf8) { byte in
            UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte || UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte
                || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || "-._~".utf8.contains(byte)
        }
    }

    /// Decodes fields strictly: `+` is a space, `%` needs two hexadecimal digits, and the result must be UTF-8.
    ///
    /// - Throws: ``FormError`` if a name or a value can't be decoded.
    package init(_ text: String) throws {
        var fields: [(name: String, value: String)] = []
        for pair in Array(text.utf8).split(separator: UInt8(ascii: "&")) {
            let equals = pair.firstIndex(of: UInt8(ascii: "="))
            let value = equals.map { pair[($0 + 1)...] } ?? []
            fields.append((try Self.decode(pair[..<(equals ?? pair.endIndex)]), try Self.decode(value)))
        }
        self.fields = fields
    }

    /// Returns whether each `%` is followed by two hexadecimal digits.
    package static func hasWholeEscapes(_ text: some StringProtocol) -> Bool {
        let bytes = Array(text.utf8)
        return bytes.indices.allSatisfy { index in
            bytes[index] != UInt8(ascii: "%")
                || index + 2 < bytes.count && hexadecimalValue(bytes[index + 1]) != nil
                    && hexadecimalValue(bytes[index + 2]) != nil
        }
    }

    /// Decodes the form encoding of one name or value.
    ///
    /// - Throws: ``FormError`` if it can't be decoded.
    package static func decode(_ text: some Sequence<UInt8>) throws -> String {
        var bytes: [UInt8] = []
        var iterator = text.makeIterator()
        while let byte = iterator.next() {
            switch byte {
            case UInt8(ascii: "+"): bytes.append(0x20)
            case UInt8(ascii: "%"):
                guard let high = iterator.next().flatMap(hexadecimalValue),
                    let low = iterator.next().flatMap(hexadecimalValue)
                else { throw FormError(description: "a % is not followed by two hexadecimal digits") }
                bytes.append(high << 4 | low)
            default: bytes.append(byte)
            }
        }
        guard let decoded = String(validating: bytes, as: UTF8.self) else {
            throw FormError(description: "a percent-encoded value is not UTF-8")
        }
        return decoded
    }

    /// Returns the value of a field that may be given once; `nil` if it is missing or empty.
    ///
    /// Serializers write a value that is not set as an empty one, so an empty one counts as missing
    /// (docs/api.md, Every endpoint).
    ///
    /// - Throws: ``FormError`` if the field is given more than once.
    package func value(_ name: String) throws -> String? {
        let values = fields.filter { $0.name == name && !$0.value.isEmpty }
        guard values.count <= 1 else { throw FormError(description: "is given more than once") }
        return values.first?.value
    }
}

/// The error of a query or a body that is not valid form encoding.
package struct FormError: Error, CustomStringConvertible {
    /// The reason, for people.
    package let description: String
}
