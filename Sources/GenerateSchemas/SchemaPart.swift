import Foundation
import StrictJSON
import Yams

/// A hand-written part of a schema: YAML, read as JSON with its members in their order.
struct SchemaPart {
    let path: String
    let content: JSONObject

    /// Reads a part from a file.
    ///
    /// - Throws: a ``GenerationError`` if the file is not a YAML mapping, or another error if it can't be read.
    init(path: String) throws {
        let text = String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
        try self.init(text: text, path: path)
    }

    /// Creates a part from its text.
    ///
    /// - Parameter path: the place of the text, for messages.
    /// - Throws: a ``GenerationError`` if the text is not a YAML mapping.
    init(text: String, path: String) throws {
        self.path = path
        guard let node = try Yams.compose(yaml: text), let content = JSON(node).object else {
            throw GenerationError("\(path) must be a mapping")
        }
        self.content = content
    }

    /// Returns the parts in a folder and in the folders below it, in the order of their paths.
    static func all(in folder: String, endingWith suffix: String) throws -> [SchemaPart] {
        let names = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
        return try names.filter { $0.hasSuffix(suffix) }.sorted().map { try SchemaPart(path: "\(folder)/\($0)") }
    }

    /// Returns the members of a section, or none if the part has no such section.
    func section(_ name: String) -> [(name: String, value: JSON)] { content[name]?.object?.members ?? [] }

    /// Returns the result of `body`; if it throws, throws its error with the name of a file before it.
    static func naming<Result>(_ path: String, _ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch {
            throw GenerationError("\(path): \(error)")
        }
    }
}

extension JSON {
    /// Creates the value of a YAML node. All scalars are texts, except plain ones that are a number, a boolean or null.
    fileprivate init(_ node: Node) {
        switch node {
        case .mapping(let mapping):
            self = .object(JSONObject(mapping.map { ($0.key.string ?? "", JSON($0.value)) }))
        case .sequence(let sequence): self = .array(sequence.map { JSON($0) })
        case .scalar(let scalar): self = scalar.style == .plain ? JSON(plain: scalar.string) : .string(scalar.string)
        case .alias: self = .null
        }
    }

    private init(plain text: String) {
        switch text {
        case "", "~", "null": self = .null
        case "true": self = true
        case "false": self = false
        default:
            self =
                if case .number(let digits)? = try? JSON(parsing: text.utf8) { .number(digits) } else { .string(text) }
        }
    }
}
