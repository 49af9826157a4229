/// Writes compact JSON into its own memory, for responses with many rows.
///
/// The writer inserts commas where they are needed. It can't be copied, and it checks its capacity once per value
/// instead of once per byte: a page of rows has some thousand values, and an array of bytes checks its capacity and its
/// uniqueness for each appended element.
package struct JSONWriter: ~Copyable {
    @usableFromInline var start: UnsafeMutablePointer<UInt8>
    @usableFromInline var capacity: Int
    @usableFromInline var count = 0
    @usableFromInline var needsComma = false

    /// Creates a writer.
    ///
    /// - Parameter capacity: the expected number of bytes, which may be exceeded.
    package init(capacity: Int = 256) {
        self.capacity = max(capacity, 16)
        start = .allocate(capacity: self.capacity)
    }

    deinit { start.deallocate() }

    /// A copy of the written bytes.
    package var bytes: [UInt8] { Array(UnsafeBufferPointer(start: start, count: count)) }

    /// Calls `body` with the written bytes, which are valid until it returns, and returns its result.
    package func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try body(UnsafeRawBufferPointer(start: start, count: count))
    }

    /// Begins an object.
    package mutating func beginObject() { open(UInt8(ascii: "{")) }
    /// Ends an object.
    package mutating func endObject() { close(UInt8(ascii: "}")) }
    /// Begins an array.
    package mutating func beginArray() { open(UInt8(ascii: "[")) }
    /// Ends an array.
    package mutating func endArray() { close(UInt8(ascii: "]")) }

    /// Writes a member's name, which must not need an escape.
    package mutating func name(_ name: StaticString) {
        name.withUTF8Buffer { text in
            let end = room(for: text.count + 3)
            quote(text, at: end)
            end[text.count + 2] = UInt8(ascii: ":")
            count += text.count + 3
        }
        needsComma = false
    }

    /// Writes a member's name that may need an escape.
    package mutating func name(escaping name: String) {
        string(name)
        append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// Writes null.
    package mutating func null() { literal("null") }
    /// Writes a boolean.
    package mutating func bool(_ value: Bool) { literal(value ? "true" : "false") }

    /// Writes an integer.
    package mutating func integer(_ value: Int64) {
        guard value < 0 || value > 9 else {
            room(for: 1).pointee = UInt8(ascii: "0") + UInt8(value)
            count += 1
            needsComma = true
            return
        }
        var digits = String(value)
        digits.withUTF8 { raw($0) }
    }

    /// Writes an integer.
    package mutating func integer(_ value: Int) { integer(Int64(value)) }

    /// Writes a string.
    package mutating func string(_ text: String) {
        var text = text
        text.withUTF8 { string(utf8: $0) }
    }

    /// Writes a string, whose UTF-8 must be valid.
    package mutating func string(utf8 text: UnsafeBufferPointer<UInt8>) {
        if let first = text.firstIndex(where: Self.needsEscape) {
            string(utf8: text, escapedFrom: first)
        } else {
            quote(text, at: room(for: text.count + 2))
            count += text.count + 2
        }
        needsComma = true
    }

    /// Writes a string of a known length that needs no escape.
    ///
    /// - Parameters:
    ///   - length: the number of bytes of the string.
    ///   - write: a closure that writes exactly these bytes into the memory that it gets.
    @inlinable
    package mutating func fixedString(length: Int, _ write: (UnsafeMutableBufferPointer<UInt8>) -> Void) {
        let end = room(for: length + 2)
        end.pointee = UInt8(ascii: "\"")
        write(UnsafeMutableBufferPointer(start: end + 1, count: length))
        end[length + 1] = UInt8(ascii: "\"")
        count += length + 2
        needsComma = true
    }

    /// Writes bytes that are already one JSON value.
    package mutating func raw(_ json: UnsafeBufferPointer<UInt8>) {
        copy(json, to: room(for: json.count))
        count += json.count
        needsComma = true
    }

    /// Writes bytes that are already one JSON value.
    package mutating func raw(_ json: [UInt8]) { json.withUnsafeBufferPointer { raw($0) } }

    /// Writes any value.
    package mutating func value(_ value: JSON) {
        switch value {
        case .null: null()
        case .bool(let value): bool(value)
        case .number(var digits): digits.withUTF8 { raw($0) }
        case .string(let text): string(text)
        case .array(let elements):
            beginArray()
            for element in elements { self.value(element) }
            endArray()
        case .object(let object):
            beginObject()
            for member in object.members {
                name(escaping: member.name)
                self.value(member.value)
            }
            endObject()
        }
    }
}

// MARK: Memory

extension JSONWriter {
    /// Writes a comma if one is due, and returns the address of the next byte, with capacity for this many more bytes.
    @inlinable
    mutating func room(for length: Int) -> UnsafeMutablePointer<UInt8> {
        if capacity - count <= length { grow(by: length + 1) }
        if needsComma {
            start[count] = UInt8(ascii: ",")
            count += 1
        }
        return start + count
    }

    @usableFromInline
    mutating func grow(by length: Int) {
        capacity = max(2 * capacity, count + length)
        let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
        larger.update(from: start, count: count)
        start.deallocate()
        start = larger
    }

    private func copy(_ bytes: UnsafeBufferPointer<UInt8>, to place: UnsafeMutablePointer<UInt8>) {
        guard let first = bytes.baseAddress else { return }
        place.update(from: first, count: bytes.count)
    }

    private func quote(_ text: UnsafeBufferPointer<UInt8>, at place: UnsafeMutablePointer<UInt8>) {
        place.pointee = UInt8(ascii: "\"")
        copy(text, to: place + 1)
        place[text.count + 1] = UInt8(ascii: "\"")
    }

    /// Appends a byte, without a comma.
    private mutating func append(_ byte: UInt8) {
        if count == capacity { grow(by: 1) }
        start[count] = byte
        count += 1
    }

    private mutating func literal(_ text: StaticString) { text.withUTF8Buffer { raw($0) } }

    private mutating func open(_ bracket: UInt8) {
        room(for: 1).pointee = bracket
        count += 1
        needsComma = false
    }

    private mutating func close(_ bracket: UInt8) {
        append(bracket)
        needsComma = true
    }

    private static func needsEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    /// Writes a string that has its first byte in need of an escape at a known index.
    private mutating func string(utf8 text: UnsafeBufferPointer<UInt8>, escapedFrom first: Int) {
        let end = room(for: first + 1)
        end.pointee = UInt8(ascii: "\"")
        copy(UnsafeBufferPointer(rebasing: text[..<first]), to: end + 1)
        count += first + 1
        for byte in text[first...] {
            if Self.needsEscape(byte) { escape(byte) } else { append(byte) }
        }
        append(UInt8(ascii: "\""))
    }

    private mutating func escape(_ byte: UInt8) {
        append(UInt8(ascii: "\\"))
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): append(byte)
        case 0x08: append(UInt8(ascii: "b"))
        case 0x09: append(UInt8(ascii: "t"))
        case 0x0A: append(UInt8(ascii: "n"))
        case 0x0C: append(UInt8(ascii: "f"))
        case 0x0D: append(UInt8(ascii: "r"))
        default:
            let digits = String(byte, radix: 16)
            for digit in ("u" + String(repeating: "0", count: 4 - digits.count) + digits).utf8 { append(digit) }
        }
    }
}

extension JSON {
    /// This value as compact JSON.
    public var encoded: [UInt8] {
        var writer = JSONWriter()
        writer.value(self)
        return writer.bytes
    }
}

extension JSON: CustomStringConvertible {
    /// The value as compact JSON.
    public var description: String { String(decoding: encoded, as: UTF8.self) }
}
