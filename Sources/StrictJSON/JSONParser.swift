/// The error of a text that is not JSON, with its position.
public struct JSONError: Error, CustomStringConvertible {
    /// The kind of the error.
    package enum Kind: Sendable, Equatable {
        /// Something else is expected at the position, for example `':'`.
        case expected(String)
        /// The text may be valid JSON, but nests deeper than this number of levels, which is the limit.
        case tooDeep(levels: Int)
        /// Any other error, as a sentence.
        case other(String)
    }

    /// The kind of the error.
    package let kind: Kind
    /// The position of the error, counted from 1; a column is a byte.
    public let line: Int, column: Int
    /// The member of the outermost object that nests too deep; `nil` if the outermost value is not an object.
    package var member: String?

    /// Whether the text nests too deep.
    package var isTooDeep: Bool {
        if case .tooDeep = kind { true } else { false }
    }

    /// The reason without the position, for people.
    package var reason: String {
        switch kind {
        case .expected(let what): "\(what) is expected"
        case .tooDeep(let levels): "arrays and objects nest deeper than \(levels) levels"
        case .other(let reason): reason
        }
    }

    /// The reason and the position, for people.
    public var description: String { "\(reason) at line \(line), column \(column)" }
}

extension JSON {
    /// The maximum number of levels on which arrays and objects nest in any text. Deeper texts are refused, so that no
    /// text can exhaust the stack.
    /// The parsers of clients have similar limits; that of .NET is the same by default.
    public static let maxDepth = 64
    /// The maximum number of levels in a request's body and in an event's payload. It is lower than ``maxDepth``, so
    /// that a value that contains one of them is still within that limit: a page of events, the closest rows of an
    /// expectation, a recording and its scenario.
    package static let maxBodyDepth = 56

    /// Parses one JSON text strictly by RFC 8259: UTF-8 without a byte order mark, each name once per object.
    ///
    /// - Throws: ``JSONError`` with the position of the first error.
    public init(parsing bytes: some Sequence<UInt8>, maxDepth: Int = JSON.maxDepth) throws {
        var parser = JSONParser(bytes: Array(bytes), maxDepth: maxDepth)
        self = try parser.parse()
    }

    /// Returns the value of a text, and the byte offset of each value and each name in it, in the order of the text.
    ///
    /// - Throws: ``JSONError``, as ``init(parsing:)`` does.
    package static func parseWithPlaces(_ bytes: [UInt8]) throws -> (value: JSON, places: [Int]) {
        var parser = JSONParser(bytes: bytes, maxDepth: maxDepth)
        parser.places = []
        return (try parser.parse(), parser.places ?? [])
    }
}

private struct JSONParser {
    let bytes: [UInt8]
    let maxDepth: Int
    var position = 0
    var depth = 0
    /// The name of the current member of the outermost object.
    var member: String?
    /// The offsets of values and names; `nil` if they are not requested.
    var places: [Int]?

    init(bytes: [UInt8], maxDepth: Int) {
        self.bytes = bytes
        self.maxDepth = maxDepth
    }

    mutating func parse() throws -> JSON {
        skipSpace()
        guard position < bytes.count else { throw error("there is no JSON value") }
        let value = try self.value()
        skipSpace()
        guard position == bytes.count else { throw error("there is more after the JSON value") }
        return value
    }

    func error(_ reason: String, at index: Int? = nil) -> JSONError { error(.other(reason), at: index) }

    func error(_ kind: JSONError.Kind, at index: Int? = nil) -> JSONError {
        let end = min(index ?? position, bytes.count)
        let line = bytes[..<end].reduce(1) { $1 == UInt8(ascii: "\n") ? $0 + 1 : $0 }
        let lineStart = bytes[..<end].lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        return JSONError(kind: kind, line: line, column: end - lineStart + 1)
    }

    var current: UInt8? { position < bytes.count ? bytes[position] : nil }

    mutating func skipSpace() {
        while let byte = current, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    mutating func value() throws -> JSON {
        guard let byte = current else { throw error("the text ends where a value is expected") }
        places?.append(position)
        switch byte {
        case UInt8(ascii: "{"): return try nested { try $0.object() }
        case UInt8(ascii: "["): return try nested { try $0.array() }
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try literal("true", .bool(true))
        case UInt8(ascii: "f"): return try literal("false", .bool(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        default: throw error(.expected("a value"))
        }
    }

    mutating func nested(_ body: (inout Self) throws -> JSON) throws -> JSON {
        depth += 1
        guard depth <= maxDepth else {
            var error = error(.tooDeep(levels: maxDepth))
            error.member = member
            throw error
        }
        defer { depth -= 1 }
        position += 1
        return try body(&self)
    }

    mutating func literal(_ word: String, _ value: JSON) throws -> JSON {
        guard bytes[position...].starts(with: word.utf8) else { throw error(.expected("a value")) }
        position += word.utf8.count
        return value
    }

    mutating func array() throws -> JSON {
        var elements: [JSON] = []
        skipSpace()
        if current == UInt8(ascii: "]") {
            position += 1
            return .array([])
        }
        while true {
            skipSpace()
            elements.append(try value())
            skipSpace()
            switch current {
            case UInt8(ascii: ","): position += 1
            case UInt8(ascii: "]"):
                position += 1
                return .array(elements)
            default: throw error(.expected("',' or ']'"))
            }
        }
    }

    mutating func object() throws -> JSON {
        var members: [(name: String, value: JSON)] = []
        var names: Set<[UInt8]> = []
        skipSpace()
        if current == UInt8(ascii: "}") {
            position += 1
            return .object(JSONObject())
        }
        while true {
            skipSpace()
            let start = position
            guard current == UInt8(ascii: "\"") else { throw error(.expected("a name in double quotes")) }
            places?.append(start)
            let name = try string()
            guard names.insert(Array(name.utf8)).inserted else {
                throw error("the name \"\(name)\" is given twice", at: start)
            }
            if depth == 1 { member = name }
            skipSpace()
            guard current == UInt8(ascii: ":") else { throw error(.expected("':'")) }
            position += 1
            skipSpace()
            members.append((name, try value()))
            skipSpace()
            switch current {
            case UInt8(ascii: ","): position += 1
            case UInt8(ascii: "}"):
                position += 1
                return .object(JSONObject(members))
            default: throw error(.expected("',' or '}'"))
            }
        }
    }

    mutating func number() throws -> JSON {
        let start = position
        func digits(_ parser: inout Self) throws {
            let first = parser.position
            while let byte = parser.current, (0x30...0x39).contains(byte) { parser.position += 1 }
            guard parser.position > first else { throw parser.error(.expected("a digit")) }
        }
        if current == UInt8(ascii: "-") { position += 1 }
        if current == UInt8(ascii: "0") {
            position += 1
            if let byte = current, (0x30...0x39).contains(byte) { throw error("a number must not start with 0") }
        } else {
            try digits(&self)
        }
        if current == UInt8(ascii: ".") {
            position += 1
            try digits(&self)
        }
        if current == UInt8(ascii: "e") || current == UInt8(ascii: "E") {
            position += 1
            if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { position += 1 }
            try digits(&self)
        }
        return .number(String(decoding: bytes[start..<position], as: UTF8.self))
    }

    mutating func string() throws -> String {
        let start = position
        position += 1
        var text: [UInt8] = []
        while let byte = current {
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                guard let result = String(validating: text, as: UTF8.self) else {
                    throw error("the string is not valid UTF-8", at: start)
                }
                return result
            case UInt8(ascii: "\\"):
                try escape(into: &text)
            case 0..<0x20:
                throw error("a control character must be escaped in a string")
            default:
                text.append(byte)
                position += 1
            }
        }
        throw error("the string that starts here has no end", at: start)
    }

    mutating func escape(into text: inout [UInt8]) throws {
        let start = position
        position += 1
        defer { position += 1 }
        switch current {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(bytes[position])
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"):
            var unit = try hexadecimalUnit(from: start)
            if (0xD800...0xDBFF).contains(unit) {
                guard bytes[(position + 1)...].starts(with: [UInt8(ascii: "\\"), UInt8(ascii: "u")]) else {
                    throw error("half of a surrogate pair stands alone", at: start)
                }
                position += 2
                let low = try hexadecimalUnit(from: start)
                guard (0xDC00...0xDFFF).contains(low) else {
                    throw error("half of a surrogate pair stands alone", at: start)
                }
                unit = 0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(unit) else {
                throw error("half of a surrogate pair stands alone", at: start)
            }
            text.append(contentsOf: UTF8.encode(scalar)!)
        default: throw error("the escape is unknown", at: start)
        }
    }

    /// Parses the four digits after the `u` at `position`, and leaves `position` on the last of them.
    mutating func hexadecimalUnit(from start: Int) throws -> UInt32 {
        var unit: UInt32 = 0
        for _ in 0..<4 {
            position += 1
            guard let byte = current, let digit = hexadecimalValue(byte) else {
                throw error("four hexadecimal digits must follow \\u", at: start)
            }
            unit = unit << 4 | UInt32(digit)
        }
        return unit
    }
}
