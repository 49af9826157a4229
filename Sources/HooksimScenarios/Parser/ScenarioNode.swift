package import StrictJSON
import Webhooks

/// A value of a scenario file in YAML or JSON, with its position.
package struct ScenarioNode: Sendable {
    /// A position in a file.
    package struct Position: Sendable, Hashable {
        /// The line and the column, counted from 1.
        package let line: Int, column: Int

        /// Creates a position.
        package init(line: Int, column: Int) {
            self.line = line
            self.column = column
        }
    }

    /// The value of a node.
    package enum Value: Sendable {
        /// A scalar. A plain one may be a number, a boolean or null; a quoted one is a text.
        case scalar(String, isPlain: Bool)
        case sequence([ScenarioNode])
        case mapping([(key: ScenarioNode, value: ScenarioNode)])
    }

    /// The value.
    package let value: Value
    /// The position of the value.
    package let position: Position

    /// Creates a node.
    package init(_ value: Value, at position: Position) {
        self.value = value
        self.position = position
    }

    /// The text of a scalar as it is written; `nil` for other values.
    package var text: String? { if case .scalar(let text, _) = value { text } else { nil } }

    /// Whether the value is null.
    package var isNull: Bool { json.isNull }

    /// The keys of a mapping, by their texts.
    var keysByText: [String: ScenarioNode] {
        guard case .mapping(let members) = value else { return [:] }
        return Dictionary(members.map { ($0.key.text ?? "", $0.key) }) { first, _ in first }
    }

    /// The value as JSON, by YAML's core schema.
    package var json: JSON {
        switch value {
        case .scalar(let text, let isPlain): isPlain ? Self.resolve(text) : .string(text)
        case .sequence(let elements): .array(elements.map(\.json))
        case .mapping(let members): .object(JSONObject(members.map { ($0.key.text ?? "", $0.value.json) }))
        }
    }

    private static func resolve(_ text: String) -> JSON {
        switch text {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE": return .bool(true)
        case "false", "False", "FALSE": return .bool(false)
        default:
            // A number of JSON keeps its digits; everything else is a text.
            if case .number? = try? JSON(parsing: text.utf8) { return .number(text) }
            return .string(text)
        }
    }

    /// The kind of this value with its article, for messages.
    package var kind: String {
        switch value {
        case .scalar: json.kind
        case .sequence(let elements): elements.isEmpty ? "an empty list" : "a list"
        case .mapping(let members): members.isEmpty ? "an empty mapping" : "a mapping"
        }
    }

    /// The value for a message: a scalar as it is written, other values by their kind. A quoted text that looks like
    /// another kind of value is called a text.
    package var shown: String {
        guard case .scalar(let text, let isPlain) = value else { return kind }
        if text.isEmpty { return "empty" }
        let isPuzzling = !isPlain && Self.resolve(text).string == nil
        return (isPuzzling ? "the text " : "") + name
    }

    /// The text of a key for a message, truncated to 60 characters.
    package var name: String { text.map { $0.count > 60 ? $0.prefix(60) + "…" : $0 } ?? kind }
}

/// A problem of a scenario file.
package struct ScenarioProblem: Error, Sendable, CustomStringConvertible {
    /// The position of the problem.
    package let position: ScenarioNode.Position
    /// The problem, in one line.
    package let message: String

    /// Creates a problem.
    package init(_ position: ScenarioNode.Position, _ message: String) {
        self.position = position
        // A message is one line, as those of compilers are, even if a text of the file in it has line breaks.
        self.message = String(String.UnicodeScalarView(message.unicodeScalars.map { Self.isBreak($0) ? " " : $0 }))
    }

    private static func isBreak(_ character: Unicode.Scalar) -> Bool {
        [.control, .lineSeparator, .paragraphSeparator].contains(character.properties.generalCategory)
    }

    /// The position and the problem, in one line.
    package var description: String { "\(position.line):\(position.column): \(message)" }
}

/// All problems of a scenario file, in the order of the file.
package struct ScenarioProblems: Error, Sendable, CustomStringConvertible {
    /// The problems.
    package let problems: [ScenarioProblem]

    /// Creates the error from problems in any order.
    package init(_ problems: [ScenarioProblem]) {
        self.problems = problems.sorted {
            ($0.position.line, $0.position.column) < ($1.position.line, $1.position.column)
        }
    }

    /// The problems, one per line.
    package var description: String { lines(each: \.description) }

    /// Returns the problems, one per line, each with the file's name before it as compilers write them.
    package func description(file: String) -> String { lines { "\(file):\($0)" } }

    /// The maximum number of problems in a description, since a file can have as many problems as values.
    private static let maxShown = 100

    private func lines(each line: (ScenarioProblem) -> String) -> String {
        let left = problems.count - Self.maxShown
        let lines = problems.prefix(Self.maxShown).map(line) + (left > 0 ? ["and \(left) more problems"] : [])
        return lines.joined(separator: "\n")
    }
}
