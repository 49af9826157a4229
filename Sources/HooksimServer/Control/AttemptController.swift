import Hummingbird
import StrictJSON
import Webhooks

/// Serves `GET /__admin/attempts`: the attempt log, oldest attempt first.
struct AttemptController: Sendable {
    let store: Store
    let partners: PartnerRegistry

    /// The allowed range of `limit`, the number of attempts in one response; `after_seq` selects the page that follows.
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
            guard let text = failure.value(query, name), let field = ConditionFields.attempts[name] else { continue }
            _ = failure.collect(name, .malformed) {
                try condition.require(field, equals: .string(text), partners: partners)
            }
        }
        let (afterSeq, limit) = failure.logPage(query)
        try failure.check()
        if afterSeq > 0 { condition.add("row.seq > ?", afterSeq) }
        return try await .json(
            .ok,
            store.read { [condition, partners] session in
                var writer = JSONWriter(capacity: 4096)
                writer.beginObject()
                writer.name("data")
                writer.beginArray()
                try AttemptTable.write(condition, limit: limit, clientIDs: partners.clientIDs, to: &writer, session)
                writer.endArray()
                writer.endObject()
                return writer.bytes
            })
    }
}

extension ValidationFailure {
    /// Reads `after_seq` and `limit`, the query fields by which the attempt log and the request log are paged.
    mutating func logPage(_ query: FormFields) -> (afterSeq: Int, limit: Int) {
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
