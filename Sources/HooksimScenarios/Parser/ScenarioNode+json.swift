package import StrictJSON
import Webhooks

extension ScenarioNode {
    /// Creates the nodes of a JSON text.
    ///
    /// - Throws: a ``JSONError``, or a ``ScenarioProblem`` if there are more values and names than `maxValues`.
    package init(json text: String, maxValues: Int) throws {
        let bytes = Array(text.utf8)
        let (value, places) = try JSON.parseWithPlaces(bytes)
        var reader = JSONNodeReader(positions: Self.positions(of: places.prefix(maxValues + 1), in: bytes))
        guard places.count <= maxValues else {
            throw ScenarioProblem(
                reader.positions[maxValues], "the file has more than \(maxValues) values; expected fewer")
        }
        self = reader.node(value)
    }

    /// Returns the position of an error in a text, with a column that counts characters as an editor does.
    package static func position(of error: JSONError, in text: String) -> Position {
        let lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let before = lines[error.line - 1].prefix(error.column - 1)
        return Position(line: error.line, column: before.count(where: startsCharacter) + 1)
    }

    /// Returns the lines and columns of ascending byte offsets, in one pass.
    private static func positions(of places: some Sequence<Int>, in bytes: [UInt8]) -> [Position] {
        var index = 0
        var line = 1
        var column = 1
        return places.map { place in
            while index < place {
                if bytes[index] == UInt8(ascii: "\n") {
                    line += 1
                    column = 1
                } else if startsCharacter(bytes[index]) {
                    column += 1
                }
                index += 1
            }
            return Position(line: line, column: column)
        }
    }

    /// Returns whether a byte of UTF-8 is the first one of its character.
    private static func startsCharacter(_ byte: UInt8) -> Bool { byte & 0xC0 != 0x80 }
}

/// Assigns positions to the values and names of a JSON value; they are in the order of the text.
private struct JSONNodeReader {
    let positions: [ScenarioNode.Position]
    private var next = 0

    init(positions: [ScenarioNode.Position]) { self.positions = positions }

    mutating func node(_ json: JSON) -> ScenarioNode {
        let position = take()
        let value: ScenarioNode.Value =
            switch json {
            case .string(let text): .scalar(text, isPlain: false)
            case .null, .bool, .number: .scalar(json.description, isPlain: true)
            case .array(let elements): .sequence(elements.map { node($0) })
            case .object(let object):
                .mapping(
                    object.members.map { (ScenarioNode(.scalar($0.name, isPlain: false), at: take()), node($0.value)) })
            }
        return ScenarioNode(value, at: position)
    }

    private mutating func take() -> ScenarioNode.Position {
        defer { next += 1 }
        return positions[next]
    }
}
