import StrictJSON
import Webhooks

/// An expected number of events, or of entries of one log, whose fields have certain values.
struct Expectation: Sendable {
    /// The rows that are counted.
    enum Rows: String, Sendable, CaseIterable { case events, attempts, requests }

    enum Bound: Sendable {
        case exactly(Int)
        case atLeast(Int)
        case atMost(Int)

        func holds(for count: Int) -> Bool {
            switch self {
            case .exactly(let wanted): count == wanted
            case .atLeast(let wanted): count >= wanted
            case .atMost(let wanted): count <= wanted
            }
        }

        var words: String {
            switch self {
            case .exactly(let wanted): "exactly \(wanted)"
            case .atLeast(let wanted): "at least \(wanted)"
            case .atMost(let wanted): "at most \(wanted)"
            }
        }
    }

    let rows: Rows
    let wanted: [(name: String, value: JSON)]
    let bound: Bound
    /// The time to wait, in milliseconds of real time.
    let timeout: Int

    static let timeouts = 0...maxTimeout
    /// The limit of ``timeout``: ten minutes, in milliseconds.
    private static let maxTimeout = 600_000
    static let defaultTimeout = 5000

    /// The values that a row must have, by the names of its fields.
    var wantedValues: [String: FieldValue] {
        Dictionary(wanted.map { ($0.name, FieldValue(single: $0.value)) }) { first, _ in first }
    }

    /// Returns a text that says what was expected and what was found.
    func message(found count: Int) -> String {
        let condition = wanted.isEmpty ? "" : " where \(JSON.object(JSONObject(wanted)))"
        return "expected \(bound.words) \(rows.rawValue)\(condition), found \(count)"
    }

    /// Reads the request's body; returns `nil` if `fields` has failures.
    init?(_ fields: inout ControlFields) {
        let rows = fields.string("of", isRequired: true).flatMap { text -> Rows? in
            if let rows = Rows(rawValue: text) { return rows }
            fields.failure.add("of", .unexpected(expected: "events, attempts or requests"), .unacceptable)
            return nil
        }
        wanted = fields.object("where")?.members ?? []
        let counts = 0...Int(Int32.max)
        let bounds = [
            fields.integer("count", in: counts).map(Bound.exactly),
            fields.integer("at_least", in: counts).map(Bound.atLeast),
            fields.integer("at_most", in: counts).map(Bound.atMost),
        ].compactMap { $0 }
        timeout = Self.timeout(&fields) ?? Self.defaultTimeout
        if bounds.count != 1, fields.failure.fields.isEmpty {
            fields.failure.add("count", .invalid("one of count, at_least and at_most is required"), .unacceptable)
        }
        guard let rows, let bound = bounds.first else { return nil }
        self.rows = rows
        self.bound = bound
    }
    /// Reads the timeout in milliseconds from `timeout_ms` or `timeout`; returns `nil` if neither is given.
    private static func timeout(_ fields: inout ControlFields) -> Int? {
        let milliseconds = fields.integer("timeout_ms", in: timeouts)
        let span = fields.string("timeout").flatMap { text in
            fields.failure.collect("timeout", .unacceptable) { try TimeSpan(text) }
        }
        guard let span else { return milliseconds }
        if milliseconds != nil {
            fields.failure.add("timeout", .invalid("is given beside timeout_ms; expected one of them"), .unacceptable)
        }
        if span.milliseconds > Int64(maxTimeout) {
            fields.failure.add(
                "timeout", .unexpected(expected: "at most \(TimeSpan.milliseconds(Int64(maxTimeout)))"), .unacceptable)
        }
        return Int(span.milliseconds)
    }
}
