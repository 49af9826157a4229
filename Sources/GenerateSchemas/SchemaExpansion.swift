import HooksimScenarios
import StrictJSON
import Webhooks

/// Expands the short form of schemas, in which the parts are written, to JSON Schema.
///
/// - A text instead of a schema is a type (`string`), the name of another schema, or either with ` or null` after it.
/// - `object` has the properties of an object. All are required except those with a `?` after their names, and there
///   are no others unless `additionalProperties` allows them; `null` there omits the keyword.
/// - `array` has the schema of the elements of an array.
/// - `with` names the template whose properties come first.
/// - A text instead of the values of an `enum` names a list of the program, one of ``lists``.
/// - `settings` stands for the settings of the program, `effects` for the effects of a fault rule, and `steps` for the
///   steps of a scenario.
///
/// Everything else is JSON Schema.
struct SchemaExpansion {
    /// The prefix of a schema's name in a reference to it.
    let prefix: String
    /// The schemas whose properties others include, by name, in the short form.
    var templates: [String: JSONObject] = [:]
    /// Returns the schema that `effects` stands for.
    let effects: (_ target: String, _ context: SchemaExpansion) throws -> JSONObject
    /// The name of the schema of durations.
    let duration: String

    private static let types: Set = ["string", "integer", "number", "boolean", "object", "array", "null"]
    private static let orNull = " or null"

    /// Returns a reference to a schema.
    func reference(_ name: String) -> JSONObject { JSONObject([("$ref", .string(prefix + name))]) }

    /// Returns the JSON Schema of a schema in the short form.
    ///
    /// - Throws: a ``GenerationError`` if the value is not a schema in the short form.
    func schema(_ short: JSON) throws -> JSON {
        switch short {
        case .string(let name): .object(named(name))
        case .object(let object): .object(try schema(object))
        case .bool: short
        case .null, .number, .array: throw GenerationError("\(short) is not a schema")
        }
    }

    private func named(_ name: String) -> JSONObject {
        guard name.hasSuffix(Self.orNull) else {
            return Self.types.contains(name) ? JSONObject([("type", .string(name))]) : reference(name)
        }
        let base = String(name.dropLast(Self.orNull.count))
        guard !Self.types.contains(base) else { return JSONObject([("type", [.string(base), "null"])]) }
        return JSONObject([("anyOf", [.object(reference(base)), ["type": "null"]])])
    }

    private func schema(_ short: JSONObject) throws -> JSONObject {
        var result = JSONObject()
        if let type = short["type"] { result["type"] = type.string.map { named($0)["type"] ?? type } ?? type }
        if short["object"] != nil || short["with"] != nil { result["type"] = "object" }
        if short["array"] != nil { result["type"] = "array" }
        result["description"] = short["description"]
        for (key, value) in short.members where !["type", "description", "with", "additionalProperties"].contains(key) {
            for member in try expanded(key, value, in: short).members {
                // Effects are added to the properties that are written by hand.
                let known = member.name == "properties" ? result["properties"]?.object?.members ?? [] : []
                let more = member.value.object?.members ?? []
                result[member.name] = known.isEmpty ? member.value : .object(JSONObject(known + more))
            }
        }
        if short["object"] == nil, short["with"] != nil {
            for member in try object(JSONObject(), in: short).members { result[member.name] = member.value }
        }
        if short["object"] == nil, let additional = short["additionalProperties"] {
            result["additionalProperties"] = additional.bool == nil ? try schema(additional) : additional
        }
        return result
    }

    /// Returns the keywords that a key of the short form stands for.
    private func expanded(_ key: String, _ value: JSON, in short: JSONObject) throws -> JSONObject {
        switch (key, value) {
        case ("$ref", .string(let name)): return named(name)
        case ("object", .object(let members)): return try object(members, in: short)
        case ("array", let element): return JSONObject([("items", try schema(element))])
        case ("enum", .string(let list)):
            guard let values = Self.lists[list] else { throw GenerationError("there is no list \(list)") }
            return JSONObject([(key, .array(values))])
        case ("settings", .string(let which)): return settings(areRequired: which == "all")
        case ("effects", .string(let target)): return try effects(target, self)
        case ("steps", _): return JSONObject([("properties", .object(try steps()))])
        case ("properties", .object(let members)), ("patternProperties", .object(let members)),
            ("dependentSchemas", .object(let members)):
            return JSONObject([(key, .object(JSONObject(try members.members.map { ($0.name, try schema($0.value)) })))])
        case ("anyOf", .array(let schemas)), ("oneOf", .array(let schemas)), ("allOf", .array(let schemas)):
            return JSONObject([(key, .array(try schemas.map { try schema($0) }))])
        case ("items", let inner), ("if", let inner), ("then", let inner), ("else", let inner),
            ("propertyNames", let inner):
            return JSONObject([(key, try schema(inner))])
        case ("discriminator", .object(var discriminator)):
            let mapping = discriminator["mapping"]?.object?.members ?? []
            discriminator["mapping"] = .object(
                JSONObject(mapping.map { ($0.name, .string(prefix + ($0.value.string ?? ""))) }))
            return JSONObject([(key, .object(discriminator))])
        default: return JSONObject([(key, value)])
        }
    }

    /// Returns the keywords of an object with these properties after those of its template.
    private func object(_ own: JSONObject, in short: JSONObject) throws -> JSONObject {
        var additional = short["additionalProperties"]
        var members: [(name: String, value: JSON)] = []
        if let name = short["with"]?.string {
            guard let template = templates[name] else { throw GenerationError("there is no template \(name)") }
            members = template["object"]?.object?.members ?? []
            additional = additional ?? template["additionalProperties"]
        }
        members += own.members
        var result = JSONObject()
        let required = members.map(\.name).filter { !$0.hasSuffix("?") }
        if !required.isEmpty { result["required"] = .array(required.map { .string($0) }) }
        result["properties"] = .object(
            JSONObject(
                try members.map { name, value in
                    (name.hasSuffix("?") ? String(name.dropLast()) : name, try schema(value))
                }))
        switch additional {
        case nil: result["additionalProperties"] = false
        case .null?: break
        case .bool(let isAllowed)?: result["additionalProperties"] = .bool(isAllowed)
        case let values?: result["additionalProperties"] = try schema(values)
        }
        return result
    }

    /// Returns the schemas of the steps of a scenario, each from its definition, by their names.
    private func steps() throws -> JSONObject {
        JSONObject(
            try ScenarioSteps.all.map { step in
                let place = "the step \(step.name)"
                return try SchemaPart.naming(place) {
                    (step.name, try schema(.object(try SchemaPart(text: step.schema, path: place).content)))
                }
            })
    }

    private func settings(areRequired: Bool) -> JSONObject {
        var result = JSONObject([("type", "object")])
        if areRequired { result["required"] = .array(Settings.names.map { .string($0) }) }
        result["properties"] = .object(
            JSONObject(
                Settings.definitions.map { setting in
                    var schema = setting.schema(duration: prefix + duration)
                    schema["description"] = .string(setting.description)
                    return (setting.name, .object(schema))
                }))
        result["additionalProperties"] = false
        return result
    }
}

extension SchemaExpansion {
    /// The lists of words of the program, by their names in the parts.
    static let lists: [String: [JSON]] = [
        "topics": words(Topic.self), "event_statuses": words(EventStatus.self), "profiles": words(Profile.self),
        "attempt_failures": words(AttemptFailure.Kind.self),
        "attempt_failures_or_null": words(AttemptFailure.Kind.self) + [.null],
        "fault_presets": words(FaultPreset.self), "fault_targets": words(FaultTarget.self),
        "operations": words(Operation.self), "scopes": Scope.all.names.map { .string($0) },
        "scenario_steps": ScenarioSteps.names.map { .string($0) },
        "api_operations": Operation.allCases.filter { $0.target == .api }.map { .string($0.rawValue) },
    ]

    private static func words<Word: CaseIterable & RawRepresentable<String>>(_ type: Word.Type) -> [JSON] {
        type.allCases.map { .string($0.rawValue) }
    }
}
