import StrictJSON

/// Generates the JSON Schema with which editors validate scenarios, from the hand-written parts.
struct ScenarioSchemaGenerator {
    /// The parts in the order of their definitions; the first one has the schema of a whole scenario as well.
    let parts: [SchemaPart]

    /// Returns the JSON Schema.
    ///
    /// - Throws: a ``GenerationError`` if a part contains a value that is not a schema.
    func document() throws -> JSON {
        let expansion = SchemaExpansion(
            prefix: "#/$defs/", effects: { try FaultEffectSchemas.choice($0, $1) }, duration: "duration")
        guard let content = parts.first?.content else { throw GenerationError("the schema of scenarios has no part") }
        var top = content
        top["$defs"] = nil
        top["$schema"] = nil
        var document = JSONObject([("$schema", content["$schema"] ?? .null)])
        for (name, value) in try expansion.schema(.object(top)).object?.members ?? [] { document[name] = value }
        document["$defs"] = .object(
            JSONObject(
                try parts.flatMap { $0.section("$defs") }.map { name, schema in
                    (name, try SchemaPart.naming(name) { try expansion.schema(schema) })
                }))
        try JSON.object(document).checkReferences()
        return .object(document)
    }
}

extension JSON {
    /// Checks that all references in the document have a target.
    ///
    /// - Throws: a ``GenerationError`` if a reference has none.
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
