import StrictJSON
import Webhooks

/// The schemas of the effects of fault rules, which are generated from the definitions of the program.
enum FaultEffectSchemas {
    /// An effect without the type of its fault.
    struct Effect {
        let name: String
        let help: String
        let shape: FaultEffectShape
    }

    static let requests = APIFault.definitions.map { Effect(name: $0.name, help: $0.help, shape: $0.shape) }
    static let deliveries = DeliveryFault.definitions.map { Effect(name: $0.name, help: $0.help, shape: $0.shape) }

    /// Returns the effects of a target: `api`, `token`, `requests` for both, or `delivery`.
    ///
    /// - Throws: a ``GenerationError`` if there is no such target.
    static func effects(of target: String) throws -> [Effect] {
        switch target {
        case "api", "requests": return requests
        case "token":
            let names = APIFault.definitions.filter(\.isOfTokens).map(\.name)
            return requests.filter { names.contains($0.name) }
        case "delivery": return deliveries
        default: throw GenerationError("there are no effects of \(target)")
        }
    }

    // MARK: OpenAPI: a schema for each effect, so that generators create a type for each

    /// Returns a schema that is any of the effects of a target.
    static func union(_ target: String, _ context: SchemaExpansion) throws -> JSONObject {
        JSONObject([
            ("oneOf", .array(try effects(of: target).map { .object(context.reference(schemaName($0))) }))
        ])
    }

    /// Returns the schemas of all effects and of the objects in them, by name.
    static func components(_ context: SchemaExpansion) throws -> [(name: String, value: JSON)] {
        var components: [(name: String, value: JSON)] = []
        for effect in requests + deliveries where !components.contains(where: { $0.name == schemaName(effect) }) {
            let value: JSON
            if case .object(let name, let help, let members) = effect.shape {
                components.append((name, try context.schema(.object(object(help, members)))))
                value = .string(name)
            } else {
                value = short(effect.shape, delay: "FaultDelay", duration: "Duration")
            }
            let schema: JSON = ["description": .string(effect.help), "object": [effect.name: value]]
            components.append((schemaName(effect), try context.schema(schema)))
        }
        return components
    }

    /// Returns the name of an effect's schema. An effect of deliveries that differs from the effect of requests with
    /// the same name gets a longer one.
    private static func schemaName(_ effect: Effect) -> String {
        let base = effect.name.camelCased + "Effect"
        let isOfRequests = requests.contains { $0.name == effect.name && $0.shape == effect.shape }
        return isOfRequests || !requests.contains { $0.name == effect.name } ? base : "Delivery" + base
    }

    // MARK: Scenarios: one object with one effect

    /// Returns the schema of an object that has exactly one of the effects of a target.
    static func choice(_ target: String, _ context: SchemaExpansion) throws -> JSONObject {
        let effects = try effects(of: target)
        let properties = try effects.map { effect in
            var schema = short(effect.shape, delay: "delay", duration: "duration")
            if case .string(let name) = schema { schema = ["$ref": .string(name)] }
            var described = schema.object ?? JSONObject()
            described["description"] = .string(effect.help)
            if described["type"] == "boolean" {
                described = JSONObject([("description", .string(effect.help)), ("const", true)])
            }
            return (effect.name, try context.schema(.object(described)))
        }
        return JSONObject([
            ("type", "object"), ("additionalProperties", false), ("minProperties", 1),
            ("oneOf", .array(effects.map { ["required": [.string($0.name)]] })),
            ("properties", .object(JSONObject(properties))),
        ])
    }

    // MARK: The short form of a shape

    private static func short(_ shape: FaultEffectShape, delay: String, duration: String) -> JSON {
        switch shape {
        case .flag: ["type": "boolean", "description": "Always `true`."]
        case .integer(let range):
            ["type": "integer", "minimum": .number(range.lowerBound), "maximum": .number(range.upperBound)]
        case .choice(let words): ["type": "string", "enum": .array(words.map { .string($0) })]
        case .delay: .string(delay)
        case .duration: .string(duration)
        case .object(_, let help, let members): .object(object(help, members, delay: delay, duration: duration))
        }
    }

    private static func object(
        _ help: String, _ members: [FaultEffectShape.Member], delay: String = "FaultDelay",
        duration: String = "Duration"
    ) -> JSONObject {
        let properties = members.map { member in
            var schema = short(member.shape, delay: delay, duration: duration)
            if case .string(let name) = schema { schema = ["$ref": .string(name)] }
            var described = schema.object ?? JSONObject()
            described["description"] = .string(member.help)
            return (member.isRequired ? member.name : member.name + "?", JSON.object(described))
        }
        return JSONObject([("description", .string(help)), ("object", .object(JSONObject(properties)))])
    }
}

extension String {
    /// The text in camel case, for example `RateLimited` for `rate_limited`.
    var camelCased: String { split(separator: "_").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined() }
}
