/// What steps have saved, and what a scenario knows by itself.
package struct ScenarioValues: Sendable {
    private var values: [String: String] = [:]

    package init() {}

    package subscript(name: String) -> String? {
        get { values[name] }
        set { values[name] = newValue }
    }

    package mutating func merge(_ others: [String: String]) { values.merge(others) { _, new in new } }

    /// Keeps the id of one event, and with a number those of the others that the same trigger made.
    package mutating func save(_ name: String, ids: [String]) {
        for (index, id) in ids.enumerated() { values[index == 0 ? name : "\(name).\(index + 1)"] = id }
    }

    /// The text with values in the place of their names. `${name.cursor}` is the page cursor of the row with that id.
    package func filling(_ text: String) -> String {
        text.substituting { value(of: $0) }
    }

    package func filling(_ json: JSON) -> JSON {
        switch json {
        case .string(let text): .string(filling(text))
        case .array(let elements): .array(elements.map { filling($0) })
        case .object(let object): .object(JSONObject(object.members.map { ($0.name, filling($0.value)) }))
        case .null, .bool, .number: json
        }
    }

    private func value(of name: String) -> String? {
        if let value = values[name] { return value }
        guard name.hasSuffix(".cursor"), let id = values[String(name.dropLast(".cursor".count))] else { return nil }
        return Identifier(id).map { Cursor(row: $0).description }
    }
}
