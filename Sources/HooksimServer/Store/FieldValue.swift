import SQLite
import StrictJSON
import Webhooks

/// A value of a field by which rows are selected. As in SQLite, texts are equal if they have the same bytes.
enum FieldValue: Sendable {
    case null
    case integer(Int)
    case identifier(Identifier)
    case text(String)
    /// A JSON value that no row has, such as a boolean.
    case other(String)

    /// Creates the value that a single JSON value stands for.
    init(single json: JSON) {
        switch json {
        case .null: self = .null
        case .string(let text): self = .text(text)
        case .number(let digits):
            let number = Int(digits).flatMap { String($0) == digits ? $0 : nil }
            self = number.map { .integer($0) } ?? .other(digits)
        case .bool, .array, .object: self = .other(json.description)
        }
    }

    /// Creates the value of a text; null if there is none.
    init(orNull text: String?) { self = text.map { .text($0) } ?? .null }

    /// Creates the value of a number; null if there is none.
    init(orNull number: Int?) { self = number.map { .integer($0) } ?? .null }
}

extension FieldValue: Hashable {
    static func == (left: Self, right: Self) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.integer(let left), .integer(let right)): left == right
        case (.identifier(let left), .identifier(let right)): left == right
        // Swift considers a composed and a decomposed "é" equal.
        case (.text(let left), .text(let right)), (.other(let left), .other(let right)):
            left.utf8.elementsEqual(right.utf8)
        default: false
        }
    }

    func hash(into hasher: inout Hasher) {
        switch self {
        case .null: hasher.combine(0)
        case .integer(let number): hasher.combine(number)
        case .identifier(let identifier): hasher.combine(identifier)
        case .text(var text), .other(var text): text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        }
    }
}

extension FieldValue: SQLValue {
    func bind(to statement: Statement, at index: Int32) {
        switch self {
        case .null: statement.bindNull(at: index)
        case .integer(let number): statement.bind(number, at: index)
        case .identifier(let identifier): statement.bind(identifier, at: index)
        case .text(let text), .other(let text): statement.bind(text, at: index)
        }
    }
}
