import Webhooks

/// A field of a journal's rows, and how a value it is compared with becomes part of a query.
struct ConditionField: Sendable {
    enum Kind: Sendable {
        case identifier, topic, text, integer
        case status(Set<EventStatus>)
        /// A `client_id`, which stands for the partner's row.
        case client
    }

    let column: String
    let kind: Kind

    /// The bound value of a JSON value, `nil` for null.
    /// - Throws: ``ConditionError``.
    func value(_ json: JSON, partners: PartnerRegistry) throws -> (any SQLValue & Sendable)? {
        if json.isNull { return nil }
        switch kind {
        case .integer:
            guard let number = json.integer, (0...Int(Int32.max)).contains(number) else {
                throw ConditionError(description: "must be a whole number from 0 to \(Int32.max)")
            }
            return number
        case .text: return try Self.text(json)
        case .topic:
            let text = try Self.text(json)
            return try Topic(checking: text).number
        case .identifier:
            guard let identifier = Identifier(try Self.text(json)) else {
                throw ConditionError(description: "is not a UUID")
            }
            return identifier
        case .status(let allowed):
            guard let status = EventStatus(rawValue: try Self.text(json)), allowed.contains(status) else {
                throw ConditionError(description: "must be \(allowed.map(\.rawValue).sorted().joined(separator: ", "))")
            }
            return status.number
        case .client:
            // A client that is not there has no rows.
            return partners[clientID: try Self.text(json)]?.row ?? -1
        }
    }

    private static func text(_ json: JSON) throws -> String {
        guard let text = json.string else { throw ConditionError(description: "must be a string, not \(json.kind)") }
        return text
    }
}

struct ConditionError: Error, CustomStringConvertible {
    let description: String
}

/// `where` of a journal's rows: each field equal to a value.
struct Condition: Sendable {
    private(set) var clauses: [String] = []
    private(set) var values: [any SQLValue & Sendable] = []

    var sql: String { clauses.isEmpty ? "TRUE" : clauses.joined(separator: " AND ") }

    mutating func require(_ field: ConditionField, equals json: JSON, partners: PartnerRegistry) throws {
        if let value = try field.value(json, partners: partners) {
            clauses.append("\(field.column) = ?")
            values.append(value)
        } else {
            clauses.append("\(field.column) IS NULL")
        }
    }

    mutating func add(_ clause: String, _ values: (any SQLValue & Sendable)...) {
        clauses.append(clause)
        self.values += values
    }
}
