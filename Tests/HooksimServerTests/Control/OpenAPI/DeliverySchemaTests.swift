import StrictJSON
import Testing
import Webhooks

@testable import HooksimServer

/// Tests that deliveries are valid against the schemas of the document.
@Suite struct DeliverySchemaTests {
    /// The member of the document with the deliveries, in each version.
    private static let deliveries: [OpenAPIForm.Version: String] = [
        .openAPI31: "webhooks", .openAPI30: "x-webhooks",
    ]

    private func document(_ version: OpenAPIForm.Version) throws -> JSON {
        OpenAPIForm(version: version).document(from: try JSON(parsing: PackageResources.openapi_json))
    }

    @Test(arguments: OpenAPIForm.Version.allCases)
    func `there is one delivery for each topic, with a schema of its own`(version: OpenAPIForm.Version) throws {
        let document = try document(version)
        let deliveries = try #require(document[Self.deliveries[version] ?? ""]?.object).members
        #expect(deliveries.map(\.name) == Topic.allCases.map(\.rawValue))
        let schemas = deliveries.compactMap {
            $0.value["post"]?["requestBody"]?["content"]?["application/json"]?["schema"]
        }
        #expect(Set(schemas.compactMap { $0["$ref"]?.string }).count == Topic.allCases.count)
        let union = try #require(document.resolve("#/components/schemas/Delivery"))
        #expect(union["oneOf"]?.array == schemas)
        let mapping = union["discriminator"]?["mapping"]?.object?.members ?? []
        #expect(mapping.map(\.name) == Topic.allCases.map(\.rawValue))
        #expect(mapping.map(\.value) == schemas.compactMap { $0["$ref"] })
        let callback = document["paths"]?["/webhooks"]?["post"]?["callbacks"]?["delivery"]?.object?.members.first
        #expect(callback?.name == "{$request.body#/endpoint_url}")
        #expect(
            callback?.value["post"]?["requestBody"]?["content"]?["application/json"]?["schema"]
                == ["$ref": "#/components/schemas/Delivery"])
    }

    @Test(arguments: Topic.allCases)
    func `a delivery of a sample event is valid, and all its fields are described`(topic: Topic) async throws {
        let receiver = try await Receiver()
        try await withSimulator { client in
            try await client.subscribe(
                topic.rawValue, to: receiver.url, secret: "s3cr3t-4242", token: try await client.token())
            try await client.trigger(topic.rawValue)
            await receiver.wait(untilReceived: 1)
        }
        let delivery = try #require(receiver.received.first)
        let body = try JSON(parsing: delivery.body)
        for version in OpenAPIForm.Version.allCases {
            let document = try document(version)
            let checker = SchemaChecker(document: document)
            let operation = try #require(document[Self.deliveries[version] ?? ""]?[topic.rawValue]?["post"])
            let schema = try #require(operation["requestBody"]?["content"]?["application/json"]?["schema"])
            #expect(checker.problems(of: body, against: schema) == [])
            #expect(checker.problems(of: body, against: ["$ref": "#/components/schemas/Delivery"]) == [])
            #expect(checker.problems(of: body, against: ["$ref": "#/components/schemas/EventPayload"]) == [])
            #expect(undescribed(body, in: schema, of: document) == [])
            for parameter in (operation["parameters"]?.array ?? []).map({ $0.resolved(in: document) }) {
                let name = try #require(parameter["name"]?.string)
                let value = try #require(delivery.header(name), "\(name)")
                let json = parameter["schema"]?["type"] == "integer" ? JSON.number(value) : .string(value)
                #expect(checker.problems(of: json, against: parameter["schema"] ?? .null, at: name) == [])
            }
        }
        try await receiver.stop()
    }

    /// The fields of each object are those of docs/api.md, Objects inside data.
    @Test(
        arguments: [
            (
                "Customer",
                """
                id name legal_name email external_id customer_integration_id default_payment_method_id ein street_address \
                sub_premise city state postal_code country created_at
                """
            ),
            (
                "Invoice",
                """
                id customer_id invoice_number currency status due_date created_at last_notification_at memo line_items \
                sub_total total
                """
            ),
            ("LineItem", "amount description quantity"),
            ("Payment", "id customer_id due_date created_at payment_method status fees sub_total total"),
            ("PaymentFee", "amount covered_by_customer name type"),
            ("Payout", "id customer_id status arrival_date created_at fees sub_total total"),
            ("PaymentMethod", "id customer_id type last_4 created_at"),
        ])
    func `an object has the documented fields, none of which is required`(name: String, fields: String) throws {
        let schema = try #require(try document(.openAPI31).resolve("#/components/schemas/\(name)"))
        let described = Set(schema["properties"]?.object?.members.map(\.name) ?? [])
        #expect(Set(fields.split(separator: " ").map(String.init)).subtracting(described) == [])
        #expect(schema["required"] == nil)
    }

    @Test func `a delivery of another topic is not valid`() throws {
        let document = try document(.openAPI31)
        let checker = SchemaChecker(document: document)
        var body = JSONObject([
            ("idempotency_key", "k"), ("topic", "invoice_paid"), ("entity_id", "e"), ("data", ["total": 12]),
            ("timestamp", "2026-01-05T09:00:00.000Z"),
        ])
        let schema: JSON = ["$ref": "#/components/schemas/InvoicePaidDelivery"]
        #expect(checker.problems(of: .object(body), against: schema) == [])
        let changes: [(String, JSON)] = [
            ("topic", "invoice_created"), ("data", ["total": "12.50"]), ("timestamp", "today"),
        ]
        for (name, value) in changes {
            var wrong = body
            wrong[name] = value
            let problems = checker.problems(of: .object(wrong), against: schema)
            #expect(!problems.isEmpty && problems.allSatisfy { $0.hasPrefix("$.\(name)") }, "\(problems)")
        }
        body["idempotency_key"] = nil
        #expect(checker.problems(of: .object(body), against: schema) == ["$: idempotency_key is missing"])
    }

    /// Returns the paths of members for which the schema has no property.
    private func undescribed(_ value: JSON, in schema: JSON, of document: JSON, at path: String = "$") -> [String] {
        var schema = schema
        while let next = schema["$ref"] ?? schema["allOf"]?.array?.first?["$ref"] {
            schema = document.resolve(next.string ?? "") ?? .null
        }
        switch value {
        case .array(let elements):
            return elements.flatMap { undescribed($0, in: schema["items"] ?? .null, of: document, at: path + "[]") }
        case .object(let object):
            return object.members.flatMap { name, value in
                let inner = "\(path).\(name)"
                guard let property = schema["properties"]?[name] else { return [inner] }
                return undescribed(value, in: property, of: document, at: inner)
            }
        default: return []
        }
    }
}
