import StrictJSON
import Webhooks

/// The deliveries to receivers: a `webhooks` operation and a schema for each topic.
extension OpenAPIGenerator {
    private func topics() throws -> [(topic: Topic, summary: JSON, data: String)] {
        let described = JSONObject(section("deliveries"))["topics"]?.object ?? JSONObject()
        guard described.members.map(\.name).allSatisfy({ Topic(rawValue: $0) != nil }) else {
            throw GenerationError("deliveries.topics names something that is no topic")
        }
        return try Topic.allCases.map { topic in
            guard let words = described[topic.rawValue], let data = words["data"]?.string else {
                throw GenerationError("deliveries.topics does not describe \(topic.rawValue)")
            }
            return (topic, words["summary"] ?? "", data)
        }
    }

    private func schemaName(_ topic: Topic) -> String { topic.rawValue.camelCased + "Delivery" }

    func deliveryOperations() throws -> [(name: String, value: JSON)] {
        try topics().map { topic, summary, _ in
            let operation = self.operation(
                "receive" + topic.rawValue.camelCased, summary,
                .string("Sent to each active subscription to the topic `\(topic.rawValue)`."), schemaName(topic))
            return (topic.rawValue, ["post": operation])
        }
    }

    /// Returns the operation of a delivery of any topic.
    func deliveryOperation() throws -> JSON {
        let words = JSONObject(section("deliveries"))
        return operation("receiveDelivery", words["summary"] ?? "", words["description"] ?? "", "Delivery")
    }

    private func operation(_ id: String, _ summary: JSON, _ description: JSON, _ schema: String) -> JSON {
        let parameters = ["DeliverySecret", "DeliveryEventId", "DeliveryAttempt", "DeliveryUserAgent"]
        return [
            "operationId": .string(id), "tags": ["deliveries"], "summary": summary, "description": description,
            "security": [["deliverySecret": []], [:]],
            "parameters": .array(parameters.map { Self.reference("parameters", $0) }),
            "requestBody": [
                "required": true,
                "content": ["application/json": ["schema": .object(expansion.reference(schema))]],
            ],
            "responses": [
                "2XX": Self.reference("responses", "DeliveryAccepted"),
                "410": Self.reference("responses", "DeliveryGone"),
                "default": Self.reference("responses", "DeliveryRefused"),
            ],
        ]
    }

    func deliverySchemas() throws -> [(name: String, value: JSON)] {
        let topics = try topics()
        let union: JSON = [
            "description": JSONObject(section("deliveries"))["schema"] ?? "",
            "oneOf": .array(topics.map { .string(schemaName($0.topic)) }),
            "discriminator": [
                "propertyName": "topic",
                "mapping": .object(JSONObject(topics.map { ($0.topic.rawValue, .string(schemaName($0.topic))) })),
            ],
        ]
        var schemas = [(name: "Delivery", value: try expansion.schema(union))]
        for (topic, summary, data) in topics {
            let name = topic.rawValue
            let schema: JSON = [
                "description": summary, "with": "DeliveryFields",
                "object": [
                    // The pattern repeats the constant for generators that ignore constants.
                    "topic": ["type": "string", "const": .string(name), "pattern": .string("^\(name)$")],
                    "data": .string(data),
                ],
            ]
            schemas.append((schemaName(topic), try expansion.schema(schema)))
        }
        return schemas
    }
}
