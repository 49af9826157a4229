/// A JSON value whose numbers keep their digits and whose objects keep their order.
///
/// Foundation's decoder accepts trailing commas, a byte order mark and duplicate keys, and turns 12.50 into 12.5; the
/// API must do none of these.
public enum JSON: Sendable, Equatable {
    case null
    case bool(Bool)
    /// The number as it was written.
    case number(String)
    case string(String)
    case array([JSON])
    case object(JSONObject)
}

/// A JSON object: its members in their order, each name once.
public struct JSONObject: Sendable, Equatable {
    /// The members in their order.
    public private(set) var members: [(name: String, value: JSON)]

    /// Creates an object of these members, whose names must differ.
    public init(_ members: [(name: String, value: JSON)] = []) { self.members = members }

    /// The value of the member of that name; `nil` if there is no such member.
    public subscript(name: String) -> JSON? {
        get { members.first { $0.name.hasSameBytes(as: name) }?.value }
        set {
            let index = members.firstIndex { $0.name.hasSameBytes(as: name) }
            switch (index, newValue) {
            case (let index?, let value?): members[index].value = value
            case (let index?, nil): members.remove(at: index)
            case (nil, let value?): members.append((name, value))
            case (nil, nil): break
            }
        }
    }

    /// The number of levels on which arrays and objects nest, including this object.
    package var depth: Int { 1 + (members.lazy.map(\.value.depth).max() ?? 0) }

    /// Returns whether both objects have the same members in the same order.
    public static func == (left: Self, right: Self) -> Bool {
        left.members.elementsEqual(right.members) { $0.name.hasSameBytes(as: $1.name) && $0.value == $1.value }
    }
}

extension String {
    /// Returns whether both texts have the same bytes. JSON compares names code point by code point (RFC 8259, 8.3),
    /// whereas Swift's `==` considers a composed and a decomposed "é" equal.
    fileprivate func hasSameBytes(as other: String) -> Bool { utf8.elementsEqual(other.utf8) }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    /// Creates a string.
    public init(stringLiteral value: String) { self = .string(value) }
    /// Creates a number.
    public init(integerLiteral value: Int) { self = .number(String(value)) }
    /// Creates a boolean.
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    /// Creates an array.
    public init(arrayLiteral elements: JSON...) { self = .array(elements) }
    /// Creates an object.
    public init(dictionaryLiteral elements: (String, JSON)...) {
        self = .object(JSONObject(elements.map { (name: $0.0, value: $0.1) }))
    }
}

extension JSON {
    /// Returns a number that is an integer.
    public static func number(_ value: some BinaryInteger) -> JSON { .number(String(value)) }
    /// Returns a string, or null if there is no text.
    package static func string(orNull text: String?) -> JSON { text.map(JSON.string) ?? .null }

    /// The text, if this is a string.
    public var string: String? { if case .string(let text) = self { text } else { nil } }
    /// The value, if this is a boolean.
    public var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    /// The elements, if this is an array.
    public var array: [JSON]? { if case .array(let elements) = self { elements } else { nil } }
    /// The members, if this is an object.
    public var object: JSONObject? { if case .object(let object) = self { object } else { nil } }
    /// Whether this is null.
    public var isNull: Bool { self == .null }

    /// The number, if it is an integer, which 2.0 is as well, as in JSON Schema.
    public var integer: Int? {
        guard case .number(let digits) = self else { return nil }
        return Int(digits) ?? Double(digits).flatMap { Int(exactly: $0) }
    }
    /// The number as the nearest binary fraction, if this is a number.
    public var double: Double? { if case .number(let digits) = self { Double(digits) } else { nil } }

    /// The number of levels on which arrays and objects nest; 0 for a single value.
    package var depth: Int {
        switch self {
        case .array(let elements): 1 + (elements.lazy.map(\.depth).max() ?? 0)
        case .object(let object): object.depth
        case .null, .bool, .number, .string: 0
        }
    }

    /// The member of that name, if this is an object that has one.
    public subscript(name: String) -> JSON? { object?[name] }

    /// The kind of this value with its article, for messages.
    package var kind: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}
