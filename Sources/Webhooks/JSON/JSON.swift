/// A JSON value whose numbers keep their digits and whose objects keep their order.
///
/// Foundation's decoder accepts trailing commas, a byte order mark and duplicate keys, and turns 12.50 into 12.5; the
/// API must do neither.
package enum JSON: Sendable, Equatable {
    case null
    case bool(Bool)
    /// The number as it was written.
    case number(String)
    case string(String)
    case array([JSON])
    case object(JSONObject)
}

/// The members of a JSON object in their order; each name once.
package struct JSONObject: Sendable, Equatable {
    package private(set) var members: [(name: String, value: JSON)]

    package init(_ members: [(name: String, value: JSON)] = []) { self.members = members }

    package subscript(name: String) -> JSON? {
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

    /// On how many levels arrays and objects nest, this one among them.
    package var depth: Int { 1 + (members.lazy.map(\.value.depth).max() ?? 0) }

    package static func == (left: Self, right: Self) -> Bool {
        left.members.elementsEqual(right.members) { $0.name.hasSameBytes(as: $1.name) && $0.value == $1.value }
    }
}

extension String {
    /// JSON compares names code point by code point (RFC 8259, 8.3); Swift's `==` takes "é" composed and decomposed for the same.
    fileprivate func hasSameBytes(as other: String) -> Bool { utf8.elementsEqual(other.utf8) }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    package init(stringLiteral value: String) { self = .string(value) }
    package init(integerLiteral value: Int) { self = .number(String(value)) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(arrayLiteral elements: JSON...) { self = .array(elements) }
    package init(dictionaryLiteral elements: (String, JSON)...) {
        self = .object(JSONObject(elements.map { (name: $0.0, value: $0.1) }))
    }
}

extension JSON {
    package static func number(_ value: some BinaryInteger) -> JSON { .number(String(value)) }
    package static func string(orNull text: String?) -> JSON { text.map(JSON.string) ?? .null }

    package var string: String? { if case .string(let text) = self { text } else { nil } }
    package var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    package var array: [JSON]? { if case .array(let elements) = self { elements } else { nil } }
    package var object: JSONObject? { if case .object(let object) = self { object } else { nil } }
    package var isNull: Bool { self == .null }

    /// The number, if it has no fraction; 2.0 is an integer, as JSON Schema has it.
    package var integer: Int? {
        guard case .number(let digits) = self else { return nil }
        return Int(digits) ?? Double(digits).flatMap { Int(exactly: $0) }
    }
    package var double: Double? { if case .number(let digits) = self { Double(digits) } else { nil } }

    /// On how many levels arrays and objects nest; 0 for a single value.
    package var depth: Int {
        switch self {
        case .array(let elements): 1 + (elements.lazy.map(\.depth).max() ?? 0)
        case .object(let object): object.depth
        case .null, .bool, .number, .string: 0
        }
    }

    /// The member of that name, if this is an object that has one.
    package subscript(name: String) -> JSON? { object?[name] }

    /// What a person would call this kind of value in an error message.
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
