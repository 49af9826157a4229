import HooksimServer
import StrictJSON
import Webhooks

/// Generates the OpenAPI document from the routes of the program and from the hand-written parts.
struct OpenAPIGenerator {
    let parts: [SchemaPart]
    let routes: [Route]
    let expansion: SchemaExpansion

    init(parts: [SchemaPart], routes: [Route]) {
        self.parts = parts
        self.routes = routes
        var expansion = SchemaExpansion(
            prefix: "#/components/schemas/", effects: { try FaultEffectSchemas.union($0, $1) }, duration: "Duration")
        for (name, template) in parts.flatMap({ $0.section("templates") }) {
            expansion.templates[name] = template.object
        }
        self.expansion = expansion
    }

    /// Returns the OpenAPI document.
    ///
    /// - Throws: a ``GenerationError`` if a part does not fit the program.
    func document() throws -> JSON {
        var info = JSONObject(section("info"))
        info["version"] = .string(HooksimVersion.current)
        let document = JSON.object(
            JSONObject([
                ("openapi", "3.1.0"), ("info", .object(info)),
                ("servers", parts.lazy.compactMap { $0.content["servers"] }.first ?? []),
                ("tags", .array(section("tags").map { ["name": .string($0.name), "description": $0.value] })),
                ("paths", try paths()), ("webhooks", .object(JSONObject(try deliveryOperations()))),
                ("components", .object(try components())),
            ]))
        try document.checkReferences()
        return document
    }

    /// Returns the members of a section in all parts.
    func section(_ name: String) -> [(name: String, value: JSON)] { parts.flatMap { $0.section(name) } }

    private func components() throws -> JSONObject {
        JSONObject([
            ("securitySchemes", .object(JSONObject(section("securitySchemes")))),
            ("parameters", .object(try each("parameters") { .object(try withSchema($0)) })),
            ("headers", .object(try each("headers") { .object(try withSchema($0)) })),
            ("responses", .object(try each("responses") { .object(try response($0)) })),
            ("schemas", .object(try schemas())),
        ])
    }

    private func each(_ section: String, _ body: (JSONObject) throws -> JSON) throws -> JSONObject {
        JSONObject(
            try self.section(section).map { name, value in
                (name, try SchemaPart.naming("\(section) \(name)") { try body(value.object ?? JSONObject()) })
            })
    }

    private func schemas() throws -> JSONObject {
        var schemas = JSONObject()
        for (name, value) in section("schemas") {
            guard schemas[name] == nil else { throw GenerationError("the schema \(name) is there twice") }
            schemas[name] = try SchemaPart.naming("schema \(name)") { try expansion.schema(value) }
        }
        // A hand-written schema is more precise than the one that is derived from the definition of an effect, so it
        // takes precedence.
        for (name, value) in try deliverySchemas() + FaultEffectSchemas.components(expansion)
        where schemas[name] == nil {
            schemas[name] = value
        }
        let sorted = schemas.members.sorted { $0.name < $1.name }
        // Enumerations come first, because generators then give each its own name, and number the anonymous ones in
        // other schemas.
        let enumerations = sorted.filter { $0.value.object?["enum"] != nil }
        return JSONObject(enumerations + sorted.filter { $0.value.object?["enum"] == nil })
    }

    /// Returns a parameter or a header with its schema, which is given in the short form.
    func withSchema(_ short: JSONObject) throws -> JSONObject {
        var result = short
        result["schema"] = try short["schema"].map { try expansion.schema($0) }
        return result
    }

    /// Returns a response: `schema` is the schema of its JSON, or of another type that `content` names; `text` is the
    /// schema of a plain text.
    func response(_ short: JSONObject) throws -> JSONObject {
        var result = JSONObject([("description", short["description"] ?? "")])
        if let headers = short["headers"]?.object {
            result["headers"] = .object(
                JSONObject(headers.members.map { ($0.name, Self.reference("headers", $0.value.string ?? "")) }))
        }
        var content = JSONObject()
        if let schema = short["schema"] {
            content[short["content"]?.string ?? "application/json"] = ["schema": try expansion.schema(schema)]
        }
        if let text = short["text"] { content["text/plain"] = ["schema": try expansion.schema(text)] }
        if !content.members.isEmpty { result["content"] = .object(content) }
        return result
    }

    static func reference(_ section: String, _ name: String) -> JSON {
        ["$ref": .string("#/components/\(section)/\(name)")]
    }
}
