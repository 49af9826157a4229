import Hummingbird
import Webhooks

/// `GET /__admin/attempts`: the delivery journal, oldest first.
struct AttemptController: Sendable {
    let database: Database
    let partners: PartnerRegistry

    /// What one answer holds at most; `after_seq` leads on.
    static let limits = 1...100_000

    func addRoutes(to routes: inout Routes) {
        routes.add(
            .get, "/__admin/attempts", "listAttempts",
            query: ["event_id", "topic", "client_id", "endpoint_url", "outcome", "after_seq", "limit"]
        ) { try await list($0, $1) }
    }

    private func list(_ request: Request, _ context: SimulatorContext) async throws -> Response {
        let query = try request.queryFields()
        var failure = ValidationFailure()
        var condition = Condition()
        for name in ["event_id", "topic", "client_id", "endpoint_url", "outcome"] {
            guard let text = failure.value(query, name), let field = JournalFields.attempts[name] else { continue }
            _ = failure.collect(name, .malformed) {
                try condition.require(field, equals: .string(text), partners: partners)
            }
        }
        let (afterSeq, limit) = failure.journalPage(query)
        try failure.check()
        if afterSeq > 0 { condition.add("row.seq > ?", afterSeq) }
        return try await .json(
            .ok,
            database.read { [condition, partners] connection in
                let clientIDs = Dictionary(uniqueKeysWithValues: partners.all.map { ($0.row, $0.partner.clientID) })
                let rows = try connection.prepare(
                    "SELECT \(AttemptRecord.columns) FROM \(AttemptRecord.source) WHERE \(condition.sql) ORDER BY row.seq LIMIT ?",
                    values: condition.values + [limit])
                var writer = JSONWriter(capacity: 4096)
                writer.beginObject()
                writer.name("data")
                writer.beginArray()
                while try rows.step() { AttemptRecord.write(rows, clientID: clientIDs[rows.integer(12)], to: &writer) }
                writer.endArray()
                writer.endObject()
                return writer.bytes
            })
    }
}

extension ValidationFailure {
    /// `after_seq` and `limit` of a journal.
    mutating func journalPage(_ query: FormFields) -> (afterSeq: Int, limit: Int) {
        let limits = AttemptController.limits
        return (
            number(query, "after_seq", in: 0...Int.max) ?? 0,
            number(query, "limit", in: limits) ?? limits.upperBound
        )
    }

    private mutating func number(_ query: FormFields, _ name: String, in range: ClosedRange<Int>) -> Int? {
        guard let text = value(query, name) else { return nil }
        if let number = Int(text), range.contains(number), text.first != "+" { return number }
        let upper = range.upperBound == .max ? " or more" : " to \(range.upperBound)"
        add(name, .unexpected(expected: "a whole number from \(range.lowerBound)\(upper)"), .malformed)
        return nil
    }
}
