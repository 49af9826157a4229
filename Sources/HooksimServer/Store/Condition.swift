import SQLite
import StrictJSON
import Webhooks

/// A field of an event or attempt, and how a value that it is compared with becomes part of a query.
struct ConditionField: Sendable {
    let column: String
    let field: RowField

    /// Returns the bound value for a JSON value; `nil` for null.
    /// - Throws: ``Problem`` if the value does not suit the field.
    func value(_ json: JSON, partners: PartnerRegistry) throws -> (any SQLValue & Sendable)? {
        switch (try field.value(json), field) {
        case (.null, _): nil
        // There is no row of an unknown client, and no partner has the row number -1.
        case (.text(let clientID), .client): partners[clientID: clientID]?.row ?? -1
        case (.text(let text), _): text
        case (.integer(let number), _): number
        case (.identifier(let identifier), _): identifier
        case (.topic(let topic), _): topic.number
        case (.status(let status), _): status.number
        case (.single(let json), _): json.description
        }
    }
}

/// The `where` of a query for events or attempts: each named field equals a value.
struct Condition: Sendable {
    private(set) var clauses: [String] = []
    private(set) var values: [any SQLValue & Sendable] = []

    var sql: String { clauses.isEmpty ? "TRUE" : clauses.joined(separator: " AND ") }
    /// An SQL expression for the number of clauses that a row meets; it binds ``values`` in the same order as ``sql``.
    var score: String {
        clauses.isEmpty ? "NULL" : clauses.map { "((\($0)) IS TRUE)" }.joined(separator: " + ")
    }

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

extension Condition {
    /// Requires a value inside the payload, for example `payload.data.invoice_id`.
    mutating func requirePayload(_ name: String, equals json: JSON) throws {
        let path = try PayloadField(name).path
        switch json {
        case .null: add("json_extract(CAST(row.payload AS TEXT), ?) IS NULL", path)
        case .string(let text): add("json_extract(CAST(row.payload AS TEXT), ?) = ?", path, text)
        case .bool(let value): add("json_extract(CAST(row.payload AS TEXT), ?) = ?", path, value)
        case .number(let digits): add("json_extract(CAST(row.payload AS TEXT), ?) = CAST(? AS NUMERIC)", path, digits)
        case .array, .object: throw Problem.unexpected(expected: "a single value", found: json.kind)
        }
    }
}
