import StrictJSON

/// The type of a setting's values: the valid values and their forms in JSON, in texts and in schemas.
struct SettingType<Value: Sendable>: Sendable {
    /// The valid values in a few words.
    let values: String
    /// The bounds of the values, if a schema can't express them.
    var bounds: String?
    /// The meaning of `null`; `nil` if it is not a valid value.
    var meaningOfNull: String?
    /// Returns the value of JSON, and throws a ``Problem`` if it is not valid.
    let parse: @Sendable (JSON) throws -> Value
    let json: @Sendable (Value) -> JSON
    /// Returns the value as the text of an option.
    let text: @Sendable (Value) -> String
    /// Returns the text of an option as JSON, which ``parse`` may refuse.
    let read: @Sendable (String) -> JSON
    /// Returns the JSON Schema of the values, given that of a duration.
    let schema: @Sendable (_ duration: JSONObject) -> JSONObject
}

extension SettingType where Value == Double {
    /// The type of numbers from 0 to 1.
    static var fraction: Self {
        Self(
            values: "0…1",
            parse: { json in
                guard let number = json.double, (0...1).contains(number) else {
                    throw Problem.unexpected(expected: "a number from 0 to 1")
                }
                return number
            },
            json: { .number(String($0)) }, text: { String($0) }, read: { JSON(number: $0) },
            schema: { _ in JSONObject([("type", "number"), ("minimum", 0), ("maximum", 1)]) })
    }
}

extension SettingType where Value == Int {
    /// Returns the type of whole numbers in a range.
    static func integer(_ range: ClosedRange<Int>) -> Self {
        Self(
            values: range.words, parse: { try range.value($0) }, json: { .number($0) }, text: { String($0) },
            read: { JSON(number: $0) }, schema: { _ in range.schema(type: "integer") })
    }
}

extension SettingType where Value == Int? {
    /// Returns the type of whole numbers in a range, or null.
    ///
    /// - Parameters:
    ///   - range: the range.
    ///   - meaning: the meaning of null.
    static func integer(_ range: ClosedRange<Int>, orNull meaning: String) -> Self {
        Self(
            values: range.words, meaningOfNull: meaning,
            parse: { $0.isNull ? nil : try range.value($0, orNull: true) },
            json: { $0.map { .number($0) } ?? .null }, text: { $0.map { String($0) } ?? "none" },
            read: { $0 == "none" ? .null : JSON(number: $0) },
            schema: { _ in range.schema(type: ["integer", "null"]) })
    }
}

extension SettingType where Value == TimeSpan {
    /// Returns the type of durations in a range.
    static func duration(_ range: ClosedRange<TimeSpan>) -> Self {
        Self(
            values: "duration from \(range.lowerBound) to \(range.upperBound)",
            bounds: "from \(range.lowerBound) to \(range.upperBound)",
            parse: { json in
                guard let text = json.string else {
                    throw Problem.unexpected(expected: "a duration such as \"10s\"", found: json.kind)
                }
                let span = try TimeSpan(text)
                guard range.contains(span) else {
                    throw Problem.unexpected(expected: "from \(range.lowerBound) to \(range.upperBound)")
                }
                return span
            },
            json: { .string($0.description) }, text: \.description, read: { .string($0) }, schema: { $0 })
    }
}

extension SettingType where Value == [TimeSpan] {
    /// Returns the type of lists of durations.
    ///
    /// - Parameters:
    ///   - count: the valid numbers of durations.
    ///   - meaning: the meaning of each duration.
    static func durations(count: ClosedRange<Int>, each meaning: String) -> Self {
        Self(
            values: "\(count.words) durations with commas between",
            parse: { json in
                guard let elements = json.array, count.contains(elements.count) else {
                    throw Problem.unexpected(
                        expected: "an array of \(count.lowerBound) to \(count.upperBound) durations, \(meaning)")
                }
                return try elements.enumerated().map { try span($1, at: $0) }
            },
            json: { .array($0.map { .string($0.description) }) },
            text: { $0.map(\.description).joined(separator: ",") },
            read: { text in
                .array(
                    text.split(separator: ",", omittingEmptySubsequences: false).map { element in
                        // A space within a duration is a comma that was forgotten.
                        .string(element.trimmed)
                    })
            },
            schema: { duration in
                JSONObject([
                    ("type", "array"), ("minItems", .number(count.lowerBound)), ("maxItems", .number(count.upperBound)),
                    ("items", .object(duration)),
                ])
            })
    }

    private static func span(_ json: JSON, at index: Int) throws -> TimeSpan {
        guard let text = json.string else {
            let problem = Problem.unexpected(expected: "a duration such as \"5s\"", found: json.kind)
            throw Problem.element(index, problem)
        }
        do { return try TimeSpan(text) } catch let error as TimeSpanError {
            throw Problem.element(index, error.problem)
        }
    }
}

extension ClosedRange<Int> {
    fileprivate var words: String { "\(lowerBound)…\(upperBound)" }

    fileprivate func value(_ json: JSON, orNull: Bool = false) throws -> Int {
        guard let number = json.integer, contains(number) else {
            throw Problem.unexpected(outside: self, orNull: orNull)
        }
        return number
    }

    fileprivate func schema(type: JSON) -> JSONObject {
        JSONObject([("type", type), ("minimum", .number(lowerBound)), ("maximum", .number(upperBound))])
    }
}

extension JSON {
    /// Creates a number if the text is one, and else a string.
    fileprivate init(number text: String) {
        self = if case .number(let digits)? = try? JSON(parsing: text.utf8) { .number(digits) } else { .string(text) }
    }
}

extension Substring {
    /// The text without spaces at its ends.
    fileprivate var trimmed: String {
        var rest = self
        while rest.first == " " { rest.removeFirst() }
        while rest.last == " " { rest.removeLast() }
        return String(rest)
    }
}
