import StrictJSON
import Webhooks

@testable import HooksimServer

/// Checks values against the schemas of an OpenAPI document of either version. It supports the keywords that the served
/// document uses.
struct SchemaChecker {
    let document: JSON

    /// Keywords that do not affect whether a value is valid.
    private static let annotations: Set = [
        "description", "default", "example", "examples", "discriminator", "nullable",
    ]

    /// Returns the problems of a value; empty if it is valid. An unsupported keyword is a problem too.
    func problems(of value: JSON, against schema: JSON, at path: String = "$") -> [String] {
        guard let schema = schema.object else { return ["\(path): there is no schema"] }
        if value.isNull, schema["nullable"] == true { return [] }
        return schema.members.flatMap { keyword, expected in
            problems(of: value, keyword, expected, in: schema, at: path)
        }
    }

    private func problems(
        of value: JSON, _ keyword: String, _ expected: JSON, in schema: JSONObject, at path: String
    ) -> [String] {
        switch keyword {
        case "$ref":
            guard let target = document.resolve(expected.string ?? "") else {
                return ["\(path): \(expected) is nowhere"]
            }
            return problems(of: value, against: target, at: path)
        case "type":
            let types = expected.array ?? [expected]
            return types.contains { Self.isOf($0.string ?? "", value) } ? [] : ["\(path): \(value) is no \(expected)"]
        case "const": return value == expected ? [] : ["\(path): \(value) is not \(expected)"]
        case "enum": return expected.array?.contains(value) == true ? [] : ["\(path): \(value) is none of \(expected)"]
        case "allOf": return (expected.array ?? []).flatMap { problems(of: value, against: $0, at: path) }
        case "anyOf", "oneOf":
            let found = (expected.array ?? []).map { problems(of: value, against: $0, at: path) }
            let matching = found.count { $0.isEmpty }
            let isRight = keyword == "anyOf" ? matching > 0 : matching == 1
            let nearest = found.min { $0.count < $1.count } ?? []
            return isRight ? [] : ["\(path): \(matching) of \(keyword) match"] + nearest
        case "format", "pattern", "minLength", "maxLength", "minimum", "maximum", "minItems", "maxItems":
            return Self.satisfies(value, keyword, expected) ? [] : ["\(path): \(value) against \(keyword) \(expected)"]
        case "required":
            return (expected.array ?? []).compactMap(\.string).filter { value[$0] == nil && value.object != nil }
                .map { "\(path): \($0) is missing" }
        case "properties":
            return (expected.object?.members ?? []).flatMap { name, schema in
                value[name].map { problems(of: $0, against: schema, at: "\(path).\(name)") } ?? []
            }
        case "additionalProperties":
            let known = Set(schema["properties"]?.object?.members.map(\.name) ?? [])
            let others = (value.object?.members ?? []).filter { !known.contains($0.name) }
            if let allowed = expected.bool { return allowed ? [] : others.map { "\(path): \($0.name) is unknown" } }
            return others.flatMap { problems(of: $0.value, against: expected, at: "\(path).\($0.name)") }
        case "items":
            return (value.array ?? []).enumerated().flatMap {
                problems(of: $1, against: expected, at: "\(path)[\($0)]")
            }
        default: return Self.annotations.contains(keyword) ? [] : ["\(path): \(keyword) is not checked"]
        }
    }

    private static func isOf(_ type: String, _ value: JSON) -> Bool {
        switch (type, value) {
        case ("null", .null), ("boolean", .bool), ("number", .number), ("string", .string), ("array", .array),
            ("object", .object):
            true
        case ("integer", .number): value.integer != nil
        default: false
        }
    }

    /// Returns whether a value satisfies a keyword. As in JSON Schema, a value satisfies each keyword that applies to
    /// other types.
    private static func satisfies(_ value: JSON, _ keyword: String, _ expected: JSON) -> Bool {
        switch (keyword, value) {
        case ("pattern", .string(let text)):
            (try? Regex(expected.string ?? "")).map { text.firstMatch(of: $0) != nil } ?? false
        case ("minLength", .string(let text)): text.unicodeScalars.count >= expected.integer ?? .max
        case ("maxLength", .string(let text)): text.unicodeScalars.count <= expected.integer ?? .min
        case ("minimum", .number): value.double ?? -.infinity >= expected.double ?? .infinity
        case ("maximum", .number): value.double ?? .infinity <= expected.double ?? -.infinity
        case ("minItems", .array(let elements)): elements.count >= expected.integer ?? .max
        case ("maxItems", .array(let elements)): elements.count <= expected.integer ?? .min
        case ("format", .string(let text)):
            switch expected {
            case "uuid": Identifier(text) != nil
            case "date-time": text.contains("T") && (try? Timestamp(iso8601: text)) != nil
            default: false
            }
        default: true
        }
    }
}

extension JSON {
    /// Returns the value that a reference within this document points to.
    func resolve(_ reference: String) -> JSON? {
        guard reference.hasPrefix("#/") else { return nil }
        return reference.split(separator: "/").dropFirst().reduce(self as JSON?) { part, name in part?[String(name)] }
    }

    /// Returns the value in the document that this value points to if it is a reference, else this value.
    func resolved(in document: JSON) -> JSON { self["$ref"]?.string.flatMap(document.resolve) ?? self }
}
