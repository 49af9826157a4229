package import StrictJSON
import Webhooks

/// The values of placeholders: those that steps have saved, and those that each scenario has.
package struct ScenarioValues: Sendable {
    private var values: [String: String] = [:]

    /// Creates an empty set of values.
    package init() {}

    /// The value of a name.
    package subscript(name: String) -> String? {
        get { values[name] }
        set { values[name] = newValue }
    }

    /// Adds values, which replace those of the same names.
    package mutating func merge(_ others: [String: String]) { values.merge(others) { _, new in new } }

    /// Saves the ids of the events of one trigger: the first one under the name, the others under the name with a
    /// number from 2.
    package mutating func save(_ name: String, ids: [String]) {
        for (index, id) in ids.enumerated() { values[index == 0 ? name : "\(name).\(index + 1)"] = id }
    }

    /// Returns a text with the placeholders replaced by their values. `${name.cursor}` is the page cursor of the row
    /// with the saved id.
    package func filling(_ text: String) -> String {
        text.substituting { value(of: $0) }
    }

    /// Returns a value with the placeholders in all its texts replaced by their values.
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
