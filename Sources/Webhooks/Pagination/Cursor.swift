/// An opaque pagination cursor: base64 of the MessagePack map `{"i": <16 bytes of the row's UUID>}`.
///
/// The form is that of the documented example `gaFpxBACEaXBVABEYbHG+X9LyLnH` (docs/api.md, Pagination).
package struct Cursor: Sendable, Hashable {
    /// The id of the row.
    package var row: Identifier

    /// Creates the cursor of a row.
    package init(row: Identifier) { self.row = row }

    /// The MessagePack of a map with one pair, whose key is the string `i` and whose value is binary data of 16 bytes.
    private static let prefix: [UInt8] = [0x81, 0xA1, 0x69, 0xC4, 0x10]
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// Parses a cursor in base64 or base64url; a space in the place of a `+` is accepted, because a form decoder
    /// replaces the `+`.
    ///
    /// A cursor is 21 bytes, which are 28 characters of base64 without padding.
    package init?(_ text: String) {
        guard text.utf8.count == 28 else { return nil }
        var bytes: [UInt8] = []
        var accumulator: UInt32 = 0
        for (index, character) in text.utf8.enumerated() {
            guard let sextet = Self.sextet(character) else { return nil }
            accumulator = accumulator << 6 | UInt32(sextet)
            guard index % 4 == 3 else { continue }
            for shift: UInt32 in [16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: accumulator >> shift)) }
            accumulator = 0
        }
        guard bytes.starts(with: Self.prefix), let row = Identifier(bytes: bytes[Self.prefix.count...]) else {
            return nil
        }
        self.init(row: row)
    }

    private static func sextet(_ character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): character - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): character - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0") + 52
        case UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: " "): 62
        case UInt8(ascii: "/"), UInt8(ascii: "_"): 63
        default: nil
        }
    }
}

extension Cursor: CustomStringConvertible {
    /// The cursor in base64.
    package var description: String {
        let bytes = Self.prefix + row.bytes
        var characters: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = UInt32(bytes[start]) << 16 | UInt32(bytes[start + 1]) << 8 | UInt32(bytes[start + 2])
            for shift: UInt32 in [18, 12, 6, 0] { characters.append(Self.alphabet[Int(group >> shift & 0x3F)]) }
        }
        return String(decoding: characters, as: UTF8.self)
    }
}
