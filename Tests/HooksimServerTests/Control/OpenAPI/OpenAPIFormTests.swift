import StrictJSON
import Testing
import Webhooks

@testable import HooksimServer

/// Tests of the forms of the document, and of the rules that code generators need in each form.
@Suite struct OpenAPIFormTests {
    private static let forms = ["", "?version=3.1&api=webhooks", "?version=3.0", "?api=webhooks&version=3.0"]

    private func form(_ query: String) throws -> JSON {
        var failure = ValidationFailure()
        let form = OpenAPIForm(query: try FormFields(String(query.dropFirst())), failure: &failure)
        try failure.check()
        return form.document(from: try JSON(parsing: PackageResources.openapi_json))
    }

    @Test(arguments: forms)
    func `each form is served, twice the same, and without a body for HEAD`(query: String) async throws {
        try await withSimulator { client in
            let path = "/__admin/openapi.json" + query
            let responses = [try await client.send(.get, path), try await client.send(.get, path)]
            #expect(responses.allSatisfy { $0.status == 200 && $0.header("Content-Type") == "application/json" })
            #expect(responses[0].body == responses[1].body)
            let expected = try form(query)
            #expect(responses[0].json == expected)
            #expect(responses[0].json["openapi"] == (query.contains("3.0") ? "3.0.3" : "3.1.0"))
            let head = try await client.send(.head, path)
            #expect(head.status == 200)
            #expect(head.body.isEmpty)
            #expect(head.header("Content-Length") == String(responses[0].body.count))
        }
    }

    @Test(arguments: ["?version=3.1", "?version=", "?api=", "?version=&api="])
    func `what is not asked for is the whole document in 3_1`(query: String) async throws {
        try await withSimulator { client in
            let response = try await client.send(.get, "/__admin/openapi.json" + query)
            #expect(response.body == PackageResources.openapi_json)
        }
    }

    @Test(
        arguments: [
            ("version=2.0", ["version"], "3.1 or 3.0"), ("version=3", ["version"], "3.1 or 3.0"),
            ("version=3.0.3", ["version"], "3.1 or 3.0"), ("api=control", ["api"], "webhooks"),
            ("api=Webhooks", ["api"], "webhooks"), ("api=all&version=x", ["api", "version"], "3.1 or 3.0"),
            ("version=3.0&version=3.0", ["version"], "more than once"),
        ])
    func `another value is refused with those that are accepted`(
        query: String, fields: [String], message: String
    ) async throws {
        try await withSimulator { client in
            let response = try await client.send(.get, "/__admin/openapi.json?" + query)
            #expect(response.status == 400)
            #expect(response.wrongFields == Set(fields))
            #expect(response.text.contains(message), "\(response.text)")
        }
    }

    @Test(arguments: forms)
    func `every reference leads somewhere, and every component is used`(query: String) throws {
        let document = try form(query)
        var references: Set<String> = []
        visit(document) { name, value in
            if name == "$ref" { references.insert(value.string ?? "none") }
            if name == "mapping" { references.formUnion(value.object?.members.compactMap(\.value.string) ?? []) }
            guard name == "security" else { return }
            for scheme in (value.array ?? []).flatMap({ $0.object?.members ?? [] }) {
                references.insert("#/components/securitySchemes/\(scheme.name)")
            }
        }
        #expect(references.filter { document.resolve($0) == nil } == [])
        let components = (document["components"]?.object?.members ?? []).flatMap { kind, all in
            (all.object?.members ?? []).map { "#/components/\(kind)/\($0.name)" }
        }
        #expect(components.count > 40)
        #expect(components.filter { !references.contains($0) } == [])
    }

    @Test(arguments: ["?api=webhooks", "?api=webhooks&version=3.0"])
    func `the simulated API alone has nothing of the control API`(query: String) throws {
        let document = try form(query)
        #expect(!document.description.contains("__admin"))
        #expect(!document.description.contains("control"))
        let whole = try form("")
        let paths = whole["paths"]?.object?.members.map(\.name).filter { !$0.hasPrefix("/__admin") }
        #expect(document["paths"]?.object?.members.map(\.name) == paths)
        let schemas = Set(document["components"]?["schemas"]?.object?.members.map(\.name) ?? [])
        #expect(
            schemas.isSuperset(of: ["Subscription", "EventPage", "HttpError", "TokenError", "Delivery", "Invoice"]))
        #expect(schemas.isDisjoint(with: ["Settings", "FaultRule", "Attempt", "Expectation", "Partner"]))
        #expect(document["components"]?["securitySchemes"]?["adminToken"] == nil)
        #expect(document["components"]?["securitySchemes"]?["clientCredentials"] != nil)
        #expect(document["tags"]?.array?.compactMap { $0["name"]?.string } == ["oauth", "webhooks", "deliveries"])
    }

    @Test(arguments: ["?version=3.0", "?version=3.0&api=webhooks"])
    func `3_0 has no word of 3_1`(query: String) throws {
        let document = try form(query)
        // The fields of the Schema Object of OpenAPI 3.0.3.
        let keywords: Set = [
            "title", "multipleOf", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum", "maxLength",
            "minLength", "pattern", "maxItems", "minItems", "uniqueItems", "maxProperties", "minProperties", "required",
            "enum", "type", "allOf", "oneOf", "anyOf", "not", "items", "properties", "additionalProperties",
            "description", "format", "default", "nullable", "discriminator", "readOnly", "writeOnly", "xml",
            "externalDocs", "example", "deprecated",
        ]
        var count = 0
        visitSchemas(of: document) { path, schema in
            count += 1
            if schema["$ref"] != nil {
                #expect(schema.members.count == 1, "\(path)")
            } else {
                #expect(Set(schema.members.map(\.name)).subtracting(keywords) == [], "\(path)")
            }
            #expect(schema["type"]?.array == nil, "\(path)")
            #expect(schema["type"] != "null", "\(path)")
        }
        #expect(count > 200)
        #expect(document["webhooks"] == nil)
        #expect(document["info"]?["summary"] == nil)
    }

    /// Each rule excludes something that made a generator fail or generate a client that does not work.
    @Test(arguments: forms)
    func `generators find names and types that they can use`(query: String) throws {
        let document = try form(query)
        let schemas = try #require(document["components"]?["schemas"]?.object).members
        let names = Set(schemas.map { $0.name.lowercased() })
        // In Go, the constructor of Subscription is named NewSubscription.
        #expect(names.filter { name in name.hasPrefix("new") && names.contains(String(name.dropFirst(3))) } == [])
        // In Go, the values of all named enumerations are constants of one package.
        let values = schemas.flatMap { $0.value["enum"]?.array?.compactMap(\.string) ?? [] }
        #expect(values.count == Set(values).count)
        let formats: Set = ["uuid", "date-time", "int64", "binary"]
        visitSchemas(of: document) { path, schema in
            if let format = schema["format"]?.string {
                #expect(formats.contains(format), "\(path)")
                #expect(schema["pattern"] == nil, "a pattern is checked against a date, not a text: \(path)")
            }
            if schema["nullable"] == true || schema["type"]?.array?.contains("null") == true {
                #expect(schema["pattern"] == nil, "Go checks a pattern of a text only: \(path)")
            }
            if schema["type"] == "boolean" {
                #expect(schema["const"] ?? schema["enum"] == nil, "compared with a text in Python: \(path)")
            }
            for union in ["oneOf", "anyOf"] {
                for variant in schema[union]?.array ?? [] where variant["$ref"] == nil {
                    #expect(variant.object?.members.map(\.name) == ["type"], "a variant without a name: \(path)")
                }
            }
        }
        for operation in document["paths"]?.object?.members.flatMap({ $0.value.object?.members ?? [] }) ?? [] {
            let bodies = operation.value["requestBody"]?["content"]?.object?.members ?? []
            #expect(bodies.count <= 1, "\(operation.value["operationId"] ?? .null)")
        }
    }

    private func visit(_ value: JSON, _ body: (_ name: String, _ value: JSON) -> Void) {
        for element in value.array ?? [] { visit(element, body) }
        for (name, member) in value.object?.members ?? [] {
            body(name, member)
            visit(member, body)
        }
    }

    /// Visits every schema in the document, including nested ones.
    private func visitSchemas(of document: JSON, _ body: (_ path: String, _ schema: JSONObject) -> Void) {
        for (name, schema) in document["components"]?["schemas"]?.object?.members ?? [] {
            visitSchema(schema, at: name, body)
        }
        visit(document) { name, value in if name == "schema" { visitSchema(value, at: value.description, body) } }
    }

    private func visitSchema(_ schema: JSON, at path: String, _ body: (String, JSONObject) -> Void) {
        guard let object = schema.object else { return }
        body(path, object)
        for (name, value) in object.members {
            switch name {
            case "properties", "patternProperties":
                for (property, inner) in value.object?.members ?? [] {
                    visitSchema(inner, at: "\(path).\(property)", body)
                }
            case "items", "additionalProperties", "not": visitSchema(value, at: "\(path).\(name)", body)
            case "oneOf", "anyOf", "allOf":
                for inner in value.array ?? [] { visitSchema(inner, at: "\(path).\(name)", body) }
            default: break
            }
        }
    }
}
