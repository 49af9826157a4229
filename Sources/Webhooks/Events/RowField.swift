package import StrictJSON

/// The type of a field by which an expectation selects rows of events, attempts or requests, over HTTP and in
/// scenarios.
package enum RowField: Sendable {
    case identifier, topic, text, integer
    case status([EventStatus])
    /// The field is the ``AttemptFailure/Kind`` of an attempt that failed.
    case failure
    /// The field is a `client_id`.
    case client
    /// The field is any value but an array or an object.
    case single

    /// The fields of an event.
    package static let events: [String: RowField] = [
        "attempts": .integer, "client_id": .client, "endpoint_url": .text, "entity_id": .text, "id": .identifier,
        "last_error": .text, "last_status_code": .integer, "status": .status(EventStatus.allCases),
        "subscription_id": .identifier, "topic": .topic,
    ]
    /// The fields of an attempt.
    package static let attempts: [String: RowField] = [
        "attempt": .integer, "client_id": .client, "endpoint_url": .text, "entity_id": .text, "error": .text,
        "event_id": .identifier, "failure": .failure, "fault": .text, "outcome": .status([.delivered, .failed]),
        "status_code": .integer,
        "topic": .topic,
    ]
    /// The fields of a request.
    package static let requests: [String: RowField] = [
        "client": .single, "client_id": .single, "fault": .single, "method": .single, "path": .single,
        "query": .single, "status": .single,
    ]

    /// A value that rows are compared with; `null` selects the rows without a value.
    package enum Value: Sendable {
        case null
        case identifier(Identifier)
        case topic(Topic)
        case text(String)
        case integer(Int)
        case status(EventStatus)
        case single(JSON)
    }

    /// Returns the value that a field is compared with.
    ///
    /// - Throws: a ``Problem`` if the field can't have the value.
    package func value(_ json: JSON) throws -> Value {
        if json.isNull { return .null }
        switch self {
        case .integer:
            guard let number = json.integer, (0...Int(Int32.max)).contains(number) else {
                throw Problem.unexpected(outside: 0...Int(Int32.max))
            }
            return .integer(number)
        case .text, .client: return .text(try Self.text(json))
        case .topic: return .topic(try Topic(checking: try Self.text(json)))
        case .identifier:
            guard let identifier = Identifier(try Self.text(json)) else {
                throw Problem.unexpected(expected: "a UUID")
            }
            return .identifier(identifier)
        case .status(let allowed):
            guard let status = EventStatus(rawValue: try Self.text(json)), allowed.contains(status) else {
                throw Problem.unexpected(expected: allowed.map(\.rawValue).sorted().joined(separator: ", "))
            }
            return .status(status)
        case .failure:
            guard let kind = AttemptFailure.Kind(rawValue: try Self.text(json)) else {
                let kinds = AttemptFailure.Kind.allCases.map(\.rawValue).sorted()
                throw Problem.unexpected(expected: kinds.joined(separator: ", "))
            }
            return .text(kind.rawValue)
        case .single:
            guard json.array == nil, json.object == nil else {
                throw Problem.unexpected(expected: "a single value", found: json.kind)
            }
            return .single(json)
        }
    }

    private static func text(_ json: JSON) throws -> String {
        guard let text = json.string else {
            throw Problem.unexpected(expected: "a string", found: json.kind)
        }
        return text
    }
}

/// A field inside an event's payload, by which an expectation selects events too.
package struct PayloadField: Sendable {
    /// The beginning of all names of such fields.
    package static let prefix = "payload."
    /// The path of the field in the syntax of SQLite's JSON functions.
    package let path: String

    /// Creates a field from its name, for example `payload.data.invoice_id`.
    ///
    /// - Throws: a ``Problem`` if the name is not a path into the payload.
    package init(_ name: String) throws {
        guard name.utf8.count <= ValuePath.maxLength else {
            throw Problem.invalidName("is longer than \(ValuePath.maxLength) bytes")
        }
        guard name.wholeMatch(of: /payload(\.[A-Za-z0-9_\-]+)+/) != nil else {
            throw Problem.invalidName("must name a member, as in payload.data.invoice_id")
        }
        path = "$." + name.dropFirst(Self.prefix.count)
    }
}
