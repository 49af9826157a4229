import Webhooks

/// Writes an OpenAPI 3.1 document as one of version 3.0.3, which more generators read.
///
/// 3.0 has `nullable` in the place of the type `null`, an enumeration of one in the place of `const`, and nothing beside a
/// reference. What it has no words for is approximated so that all that was valid stays valid.
enum OpenAPI30 {
    static let version = "3.0.3"

    static func document(_ document: JSON) -> JSON {
        JSON.object(
            JSONObject(
                (document.object?.members ?? []).map { name, value in
                    switch name {
                    case "openapi": (name, .string(version))
                    case "info": (name, info(value))
                    // Tools that know the deliveries of 3.1 look for them here.
                    case "webhooks": ("x-webhooks", part(value))
                    case "components": (name, components(value))
                    default: (name, part(value))
                    }
                }))
    }

    private static func info(_ info: JSON) -> JSON {
        var object = info.object ?? JSONObject()
        object["summary"] = nil
        return .object(object)
    }

    private static func components(_ components: JSON) -> JSON {
        components.mapMembers { kind, all in
            kind == "schemas" ? all.mapMembers { schema($1) } : part(all)
        }
    }

    /// A part of the document that is no schema, with the schemas in it.
    private static func part(_ value: JSON) -> JSON {
        switch value {
        case .array(let elements): .array(elements.map(part))
        case .object(let object):
            if let reference = object["$ref"] {
                ["$ref": reference]
            } else {
                value.mapMembers { name, member in
                    switch name {
                    case "schema": schema(member)
                    case "example", "examples": member
                    default: part(member)
                    }
                }
            }
        default: value
        }
    }

    /// The keywords that mean the same in both versions and have no schemas in them.
    private static let plainKeywords: Set = [
        "title", "multipleOf", "maximum", "minimum", "maxLength", "minLength", "pattern", "maxItems", "minItems",
        "uniqueItems", "maxProperties", "minProperties", "enum", "type", "description", "format", "default",
        "discriminator", "readOnly", "writeOnly", "xml", "externalDocs", "deprecated",
    ]

    static func schema(_ schema: JSON) -> JSON {
        guard let object = schema.object else { return schema }
        var result = JSONObject()
        for (name, value) in object.members {
            switch name {
            case "$ref": result["allOf"] = [["$ref": value]]
            case "type" where value.array != nil: convert(types: value.array ?? [], beside: object, in: &result)
            case "anyOf", "oneOf", "allOf": convert(variants: value.array ?? [], name, in: &result)
            case "const": result["enum"] = [value]
            case "examples": result["example"] = value.array?.first
            case "properties": result[name] = value.mapMembers { Self.schema($1) }
            case "items", "not": result[name] = Self.schema(value)
            case "exclusiveMinimum", "exclusiveMaximum":
                result[name == "exclusiveMinimum" ? "minimum" : "maximum"] = value
                result[name] = true
            case "required": result[name] = required(value, in: object)
            case "patternProperties", "additionalProperties":
                result["additionalProperties"] = additionalProperties(of: object)
            default: if plainKeywords.contains(name) || name.hasPrefix("x-") { result[name] = value }
            }
        }
        // A reference alone needs nothing around it.
        if object.members.count == 1, let reference = object["$ref"] { return ["$ref": reference] }
        return .object(result)
    }

    private static func convert(types: [JSON], beside schema: JSONObject, in result: inout JSONObject) {
        let others = types.filter { $0 != "null" }
        if others.count == 1 {
            result["type"] = others[0]
        } else if schema["anyOf"] == nil {
            result["anyOf"] = .array(others.map { ["type": $0] })
        }
        if others.count < types.count { result["nullable"] = true }
    }

    private static func convert(variants: [JSON], _ name: String, in result: inout JSONObject) {
        let null: JSON = ["type": "null"]
        let others = variants.filter { $0 != null }.map(schema)
        let isNullable = others.count < variants.count
        result[isNullable && others.count == 1 ? "allOf" : name] = .array(others)
        if isNullable { result["nullable"] = true }
    }

    /// The members that are required and never null: generators that read 3.0 take what is required for never null.
    private static func required(_ names: JSON, in schema: JSONObject) -> JSON? {
        let left = (names.array ?? []).filter { name in
            let property = schema["properties"]?[name.string ?? ""]
            let types = property?["type"]?.array ?? (property?["anyOf"]?.array ?? []).compactMap { $0["type"] }
            return !types.contains("null")
        }
        return left.isEmpty ? nil : .array(left)
    }

    /// What members may be that are not named: 3.0 can't tell them apart by a pattern.
    ///
    /// A map has values of all schemas that its patterns have. Where members are named too, the others are left open, since generators
    /// give a class and a map in one other names than those of the members.
    private static func additionalProperties(of schema: JSONObject) -> JSON? {
        let others = schema["additionalProperties"] ?? true
        guard let patterns = schema["patternProperties"]?.object?.members, !patterns.isEmpty else {
            return Self.schema(others)
        }
        if others == true { return true }
        if schema["properties"] != nil { return nil }
        let schemas = (patterns.map(\.value) + (others == false ? [] : [others])).map(Self.schema)
        return schemas.count == 1 ? schemas[0] : ["anyOf": .array(schemas)]
    }
}

extension JSON {
    /// The object with each member's value replaced.
    fileprivate func mapMembers(_ transform: (_ name: String, _ value: JSON) -> JSON) -> JSON {
        guard let object else { return self }
        return .object(JSONObject(object.members.map { ($0.name, transform($0.name, $0.value)) }))
    }
}
