import Webhooks

/// Makes the JSON Schema by which editors check scenarios.
struct ScenarioSchemaGenerator {
    let part: SchemaPart

    /// - Throws: a ``GenerationError`` if the part has something that is not a schema.
    func document() throws -> JSON {
        let expansion = SchemaExpansion(
            prefix: "#/$defs/", effects: { try FaultEffectSchemas.choice($0, $1) }, duration: "duration")
        var top = part.content
        top["$defs"] = nil
        top["$schema"] = nil
        var document = JSONObject([("$schema", part.content["$schema"] ?? .null)])
        for (name, value) in try expansion.schema(.object(top)).object?.members ?? [] { document[name] = value }
        document["$defs"] = .object(
            JSONObject(
                try part.section("$defs").map { name, schema in
                    (name, try SchemaPart.naming(name) { try expansion.schema(schema) })
                }))
        try JSON.object(document).checkReferences()
        return .object(document)
    }
}

extension JSON {
    /// - Throws: a ``GenerationError`` if something refers to what is not in this document.
    func checkReferences() throws { try checkReferences(in: self) }

    private func checkReferences(in document: JSON) throws {
        for element in array ?? [] { try element.checkReferences(in: document) }
        for (name, value) in object?.members ?? [] {
            try value.checkReferences(in: document)
            guard name == "$ref", let reference = value.string else { continue }
            let target = reference.split(separator: "/").dropFirst().reduce(document as JSON?) { $0?[String($1)] }
            guard reference.hasPrefix("#/"), target != nil else {
                throw GenerationError("\(reference) leads nowhere; a schema of that name is missing")
            }
        }
    }
}
