/// One value of a scenario file and where it stands, whether the file is YAML or JSON.
package struct ScenarioNode: Sendable {
    package struct Position: Sendable, Hashable {
        /// Both counted from 1.
        package let line: Int, column: Int

        package init(line: Int, column: Int) {
            self.line = line
            self.column = column
        }
    }

    package enum Value: Sendable {
        /// A plain scalar may mean a number, a boolean or null; a quoted one is a text.
        case scalar(String, isPlain: Bool)
        case sequence([ScenarioNode])
        case mapping([(key: ScenarioNode, value: ScenarioNode)])
    }

    package let value: Value
    package let position: Position

    package init(_ value: Value, at position: Position) {
        self.value = value
        self.position = position
    }

    /// The text of a scalar, as it is written.
    package var text: String? { if case .scalar(let text, _) = value { text } else { nil } }

    package var isNull: Bool { json.isNull }

    /// The keys of a mapping by their texts.
    var keysByText: [String: ScenarioNode] {
        guard case .mapping(let members) = value else { return [:] }
        return Dictionary(members.map { ($0.key.text ?? "", $0.key) }) { first, _ in first }
    }

    /// The value in the terms of JSON, by YAML's core schema.
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
            // What JSON calls a number keeps its digits; everything else is a text.
            if case .number? = try? JSON(parsing: text.utf8) { return .number(text) }
            return .string(text)
        }
    }

    /// What a person would call this kind of value.
    package var kind: String {
        switch value {
        case .scalar: json.kind
        case .sequence(let elements): elements.isEmpty ? "an empty list" : "a list"
        case .mapping(let members): members.isEmpty ? "an empty mapping" : "a mapping"
        }
    }

    /// A single value as it is written, other values by their kind. A quoted one that looks like something else is told
    /// apart from what it looks like.
    package var shown: String {
        guard case .scalar(let text, let isPlain) = value else { return kind }
        if text.isEmpty { return "empty" }
        let isPuzzling = !isPlain && Self.resolve(text).string == nil
        return (isPuzzling ? "the text " : "") + name
    }

    /// What a key is called in a message: so much of it as fits there.
    package var name: String { text.map { $0.count > 60 ? $0.prefix(60) + "…" : $0 } ?? kind }
}

/// Something in a scenario file that can't be.
package struct ScenarioProblem: Error, Sendable, CustomStringConvertible {
    package let position: ScenarioNode.Position
    package let message: String

    package init(_ position: ScenarioNode.Position, _ message: String) {
        self.position = position
        // One line each, as compilers write them, whatever the file has in its texts.
        self.message = String(String.UnicodeScalarView(message.unicodeScalars.map { Self.isBreak($0) ? " " : $0 }))
    }

    private static func isBreak(_ character: Unicode.Scalar) -> Bool {
        [.control, .lineSeparator, .paragraphSeparator].contains(character.properties.generalCategory)
    }

    package var description: String { "\(position.line):\(position.column): \(message)" }
}

/// All that is wrong with a scenario file, in the order of the file.
package struct ScenarioProblems: Error, Sendable, CustomStringConvertible {
    package let problems: [ScenarioProblem]

    package init(_ problems: [ScenarioProblem]) {
        self.problems = problems.sorted {
            ($0.position.line, $0.position.column) < ($1.position.line, $1.position.column)
        }
    }

    package var description: String { lines(each: \.description) }

    /// Behind the file's name, as compilers write them.
    package func description(file: String) -> String { lines { "\(file):\($0)" } }

    /// How many are shown: a file can have as many as it has values, and nobody reads more.
    private static let maxShown = 100

    private func lines(each line: (ScenarioProblem) -> String) -> String {
        let left = problems.count - Self.maxShown
        let lines = problems.prefix(Self.maxShown).map(line) + (left > 0 ? ["and \(left) more problems"] : [])
        return lines.joined(separator: "\n")
    }
}
