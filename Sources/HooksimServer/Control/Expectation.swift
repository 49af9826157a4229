import Webhooks

/// What is waited for: so many rows of one journal whose fields have these values.
struct Expectation: Sendable {
    enum Journal: String, Sendable, CaseIterable { case events, attempts, requests }

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

    let journal: Journal
    let wanted: [(name: String, value: JSON)]
    let bound: Bound
    /// Real time, in milliseconds.
    let timeout: Int

    static let timeouts = 0...600_000
    static let defaultTimeout = 5000

    /// What was expected and what was found, for people.
    func message(found count: Int) -> String {
        let condition = wanted.isEmpty ? "" : " where \(JSON.object(JSONObject(wanted)))"
        return "expected \(bound.words) \(journal.rawValue)\(condition), found \(count)"
    }

    /// Reads the call's body; `nil` when `fields` has failures.
    init?(_ fields: inout ControlFields) {
        let journal = fields.string("of", isRequired: true).flatMap { text -> Journal? in
            if let journal = Journal(rawValue: text) { return journal }
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
        timeout = fields.integer("timeout_ms", in: Self.timeouts) ?? Self.defaultTimeout
        if bounds.count != 1, fields.failure.fields.isEmpty {
            fields.failure.add("count", .invalid("one of count, at_least and at_most is required"), .unacceptable)
        }
        guard let journal, let bound = bounds.first else { return nil }
        self.journal = journal
        self.bound = bound
    }
}
