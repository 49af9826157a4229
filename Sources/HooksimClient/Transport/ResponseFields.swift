import StrictJSON
import Webhooks

/// A value that is read from an object of a response.
protocol ResponseValue: Sendable {
    /// Reads the value.
    ///
    /// - Throws: ``ResponseProblem`` if a member is missing or of another type.
    init(_ fields: ResponseFields) throws
}

/// The error of a response in which a member is missing, or not as expected.
struct ResponseProblem: Error {
    let path: String
    let expected: String
}

/// The members of one object of a response, each read with its type.
struct ResponseFields: Sendable {
    /// The whole object.
    let json: JSON
    private let object: JSONObject
    private let path: String

    init(_ json: JSON, at path: String = "the body") throws {
        guard let object = json.object else { throw ResponseProblem(path: path, expected: "an object") }
        self.json = json
        self.object = object
        self.path = path
    }

    /// Returns a member that must be present.
    func value<Value>(_ name: String, _ expected: String, _ read: (JSON) -> Value?) throws -> Value {
        guard let value = object[name].flatMap(read) else {
            throw ResponseProblem(path: "\(name) of \(path)", expected: expected)
        }
        return value
    }

    /// Returns a member that may be missing or null.
    func optional<Value>(_ name: String, _ expected: String, _ read: (JSON) -> Value?) throws -> Value? {
        guard let value = object[name], !value.isNull else { return nil }
        return try self.value(name, expected) { _ in read(value) }
    }

    func string(_ name: String) throws -> String { try value(name, "a string", \.string) }
    func optionalString(_ name: String) throws -> String? { try optional(name, "a string or null", \.string) }
    func integer(_ name: String) throws -> Int { try value(name, "an integer", \.integer) }
    func optionalInteger(_ name: String) throws -> Int? { try optional(name, "an integer or null", \.integer) }
    func double(_ name: String) throws -> Double { try value(name, "a number", \.double) }
    func bool(_ name: String) throws -> Bool { try value(name, "a boolean", \.bool) }
    func json(_ name: String) throws -> JSON { try value(name, "a value") { $0 } }

    func timestamp(_ name: String) throws -> Timestamp { try value(name, "an instant", Self.timestamp) }
    func optionalTimestamp(_ name: String) throws -> Timestamp? {
        try optional(name, "an instant or null", Self.timestamp)
    }
    func duration(_ name: String) throws -> Duration { try value(name, "a duration", Duration.init(wire:)) }

    /// Returns a member that is one of the known words.
    func word<Word: RawRepresentable & CaseIterable>(_ name: String, _: Word.Type = Word.self) throws -> Word
    where Word.RawValue == String {
        let known = Word.allCases.map(\.rawValue).joined(separator: ", ")
        return try value(name, "one of \(known)") { $0.string.flatMap(Word.init) }
    }

    /// Returns a member that is an array of objects.
    func rows<Row: ResponseValue>(_ name: String) throws -> [Row] {
        try value(name, "an array", \.array).enumerated().map { index, row in
            try Row(ResponseFields(row, at: "element \(index) of \(name)"))
        }
    }

    /// Returns a member that is an object.
    func row<Row: ResponseValue>(_ name: String) throws -> Row {
        try Row(ResponseFields(try json(name), at: name))
    }

    private static func timestamp(_ json: JSON) -> Timestamp? { json.string.flatMap { try? Timestamp(iso8601: $0) } }
}

extension Duration {
    /// Creates a duration from the form of the control API, for example `1h30m`.
    init?(wire json: JSON) {
        guard let span = json.string.flatMap({ try? TimeSpan($0) }) else { return nil }
        self = .milliseconds(span.milliseconds)
    }

    /// This duration in the form of the control API; fractions of a millisecond are dropped.
    var wire: JSON { .string(TimeSpan(milliseconds: milliseconds).description) }
}

extension RequestSender {
    /// Sends a request, and reads its response.
    ///
    /// - Throws: ``HooksimError``.
    func value<Value: ResponseValue>(_ request: APIRequest, token: String?) async throws -> Value {
        try Self.read(try await send(request, token: token), of: request) { try Value($0) }
    }

    /// Reads the body of a response.
    ///
    /// - Throws: ``HooksimError/unexpectedResponse(request:problem:)`` if it does not have the expected form.
    static func read<Value>(_ json: JSON, of request: APIRequest, _ body: (ResponseFields) throws -> Value) throws
        -> Value
    {
        do {
            return try body(try ResponseFields(json))
        } catch let problem as ResponseProblem {
            throw HooksimError.unexpectedResponse(
                request: request.name, problem: "\(problem.path) must be \(problem.expected)")
        }
    }
}
