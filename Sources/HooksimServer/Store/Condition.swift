import SQLite
import StrictJSON
import Webhooks

/// A field of an event or attempt, and how a value that it is compared with becomes part of a query.
struct ConditionField: Sendable {
    /// The name of the field on the wire.
    let name: String
    let column: String
    let field: RowField

    /// Returns the value that the column has if the field has a JSON value.
    /// - Throws: ``Problem`` if the value does not suit the field.
    func value(_ json: JSON, partners: PartnerRegistry) throws -> FieldValue {
        switch (try field.value(json), field) {
        case (.null, _): .null
        // There is no row of an unknown client, and no partner has the row number -1.
        case (.text(let clientID), .client): .integer(partners[clientID: clientID]?.row ?? -1)
        case (.text(let text), _): .text(text)
        case (.integer(let number), _): .integer(number)
        case (.identifier(let identifier), _): .identifier(identifier)
        case (.topic(let topic), _): .integer(topic.number)
        case (.status(let status), _): .integer(status.number)
        case (.single(let json), _): FieldValue(single: json)
        }
    }
}

/// The `where` of a query for events or attempts: each named field equals a value.
struct Condition: Sendable {
    private(set) var clauses: [String] = []
    private(set) var values: [any SQLValue & Sendable] = []
    /// The values of the fields outside of the payload, by their names.
    private(set) var fields: [String: FieldValue] = [:]
    /// The clauses about the payload, which are among ``clauses`` too.
    private(set) var payloadClauses: [String] = []
    private(set) var payloadValues: [any SQLValue & Sendable] = []

    var hasPayload: Bool { !payloadClauses.isEmpty }
    /// Whether the condition is only about what ``EventCounts`` counts by: partner, topic and status.
    var isOfKinds: Bool {
        let kinds: Set<EventFacts.Field> = [.clientID, .topic, .status]
        return !hasPayload && Set(kinds.map(\.rawValue)).isSuperset(of: fields.keys)
    }

    var sql: String { clauses.isEmpty ? "TRUE" : clauses.joined(separator: " AND ") }
    /// An SQL expression for the number of clauses that a row meets; it binds ``values`` in the same order as ``sql``.
    var score: String {
        clauses.isEmpty ? "NULL" : clauses.map { "((\($0)) IS TRUE)" }.joined(separator: " + ")
    }

    mutating func require(_ field: ConditionField, equals json: JSON, partners: PartnerRegistry) throws {
        let value = try field.value(json, partners: partners)
        fields[field.name] = value
        if case .null = value { add("\(field.column) IS NULL") } else { add("\(field.column) = ?", value) }
    }

    mutating func add(_ clause: String, _ values: (any SQLValue & Sendable)...) {
        clauses.append(clause)
        self.values += values
    }
}

extension Condition {
    /// Requires a value inside the payload, for example `payload.data.invoice_id`.
    mutating func requirePayload(_ name: String, equals json: JSON) throws {
        let path = try PayloadField(name).path
        switch json {
        case .null: addPayload("IS NULL", path)
        case .string(let text): addPayload("= ?", path, text)
        case .bool(let value): addPayload("= ?", path, value)
        case .number(let digits): addPayload("= CAST(? AS NUMERIC)", path, digits)
        case .array, .object: throw Problem.unexpected(expected: "a single value", found: json.kind)
        }
    }

    private mutating func addPayload(_ comparison: String, _ values: (any SQLValue & Sendable)...) {
        let clause = "json_extract(CAST(row.payload AS TEXT), ?) \(comparison)"
        clauses.append(clause)
        self.values += values
        payloadClauses.append(clause)
        payloadValues += values
    }
}
