import StrictJSON

/// Converts an OpenAPI 3.1 document to version 3.0.3, which more generators read.
///
/// Version 3.0 has `nullable` in place of the type `null`, an enumeration of one value in place of `const`, and no
/// members beside a reference. What it can't express is approximated so that every valid value stays valid.
enum OpenAPI30 {
    static let version = "3.0.3"

    static func document(_ document: JSON) -> JSON {
        JSON.object(
            JSONObject(
                (document.object?.members ?? []).map { name, value in
                    switch name {
                    case "openapi": (name, .string(version))
                    case "info": (name, info(value))
                    // Tools that support webhooks in version 3.0 read them from this extension.
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

    /// Converts a part of the document that is not a schema, including the schemas in it.
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

    /// The keywords that have the same meaning in both versions and contain no schemas.
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
        // A reference without other members needs no `allOf` around it.
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

    /// Returns the required members that are never null, since generators for version 3.0 assume that a required member
    /// is never null.
    private static func required(_ names: JSON, in schema: JSONObject) -> JSON? {
        let left = (names.array ?? []).filter { name in
            let property = schema["properties"]?[name.string ?? ""]
            let types = property?["type"]?.array ?? (property?["anyOf"]?.array ?? []).compactMap { $0["type"] }
            return !types.contains("null")
        }
        return left.isEmpty ? nil : .array(left)
    }

    /// Returns the schema of the members that are not named, since version 3.0 can't distinguish them by a pattern.
    ///
    /// The values of a map may have any schema of its patterns. If some members are named, no schema is given for the
    /// others, since generators rename the members of a type that is both a class and a map.
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
    /// Returns the object with the value of each member transformed; returns any other value unchanged.
    fileprivate func mapMembers(_ transform: (_ name: String, _ value: JSON) -> JSON) -> JSON {
        guard let object else { return self }
        return .object(JSONObject(object.members.map { ($0.name, transform($0.name, $0.value)) }))
    }
}
