import StrictJSON

/// Selects a part of an OpenAPI document.
enum OpenAPISelection {
    private static let description =
        "The simulated API (`oauth`, `webhooks`) and the deliveries to receivers (`deliveries`)."

    /// Returns the document without the control API, and with only those components that the rest uses.
    static func simulatedAPI(of document: JSON) -> JSON {
        guard var result = document.object else { return document }
        let paths = (result["paths"]?.object?.members ?? []).filter { !ControlGuard.guards($0.name) }
        result["paths"] = .object(JSONObject(paths))
        if var info = result["info"]?.object {
            info["description"] = .string(description)
            result["info"] = .object(info)
        }
        let components = document["components"]?.object ?? JSONObject()
        var uses = Uses(components: components)
        uses.add(result["paths"])
        uses.add(result["webhooks"])
        result["components"] = .object(uses.selected)
        let tags = (result["tags"]?.array ?? []).filter { uses.tags.contains($0["name"]?.string ?? "") }
        result["tags"] = .array(tags)
        return .object(result)
    }

    /// The components and tags that a part of a document uses, directly or through other components.
    private struct Uses {
        let components: JSONObject
        private(set) var tags: Set<String> = []
        private var references: Set<String> = []

        init(components: JSONObject) { self.components = components }

        /// The used components, in the order of the document.
        var selected: JSONObject {
            JSONObject(
                components.members.map { kind, all in
                    let used = (all.object?.members ?? []).filter {
                        references.contains(Self.reference(kind: kind, name: $0.name))
                    }
                    return (kind, .object(JSONObject(used)))
                })
        }

        mutating func add(_ value: JSON?) {
            switch value {
            case .array(let elements): for element in elements { add(element) }
            case .object(let object): for member in object.members { add(member.name, member.value) }
            default: break
            }
        }

        private mutating func add(_ name: String, _ value: JSON) {
            switch name {
            case "$ref": refer(to: value.string ?? "")
            // A discriminator names schemas, and a security requirement names security schemes, without a `$ref`.
            case "mapping": for schema in value.object?.members ?? [] { refer(to: schema.value.string ?? "") }
            case "security":
                for scheme in (value.array ?? []).flatMap({ $0.object?.members ?? [] }) {
                    refer(to: Self.reference(kind: "securitySchemes", name: scheme.name))
                }
            case "tags": tags.formUnion((value.array ?? []).compactMap(\.string))
            default: add(value)
            }
        }

        private mutating func refer(to reference: String) {
            guard references.insert(reference).inserted else { return }
            let parts = reference.split(separator: "/").map(String.init)
            guard parts.count == 4 else { return }
            add(components[parts[2]]?[parts[3]])
        }

        private static func reference(kind: String, name: String) -> String { "#/components/\(kind)/\(name)" }
    }
}
