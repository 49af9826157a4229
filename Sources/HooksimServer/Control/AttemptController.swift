import Hummingbird
import NIOCore
import StrictJSON
import Webhooks

/// Serves `GET /__admin/attempts`: the attempt log, oldest attempt first.
struct AttemptController: Sendable {
    let store: Store
    let partners: PartnerRegistry

    /// The allowed range of `limit`, the number of attempts in one response; `after_seq` selects the page that follows.
    static let limits = 1...100_000

    /// The number of attempts that one read compares with the condition, which takes some milliseconds.
    private static let slice = 2000

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
        var isOfOneEvent = false
        for name in ["event_id", "topic", "client_id", "endpoint_url", "outcome"] {
            guard let text = failure.value(query, name), let field = ConditionFields.attempts[name] else { continue }
            isOfOneEvent = isOfOneEvent || name == "event_id"
            _ = failure.collect(name, .malformed) {
                try condition.require(field, equals: .string(text), partners: partners)
            }
        }
        let (afterSeq, limit) = failure.logPage(query)
        try failure.check()
        // An index finds the attempts at one event.
        let list = AttemptList(after: afterSeq, limit: limit, slice: isOfOneEvent ? nil : Self.slice)
        let clientIDs = partners.clientIDs
        while try await store.read({ [condition] in try list.writeNext(condition, clientIDs: clientIDs, $0) }) {}
        return .json(.ok, list.finish())
    }
}

/// The body of a response with attempts, which is written in several reads, so that others have their turn between two.
///
/// The conformance is unchecked: one read at a time uses the list, and its request after the last one.
private final class AttemptList: @unchecked Sendable {
    private var writer = JSONWriter(capacity: 4096)
    private var last: Int
    private var left: Int
    private let slice: Int?

    /// Begins the body of a response.
    ///
    /// - Parameter slice: the number of attempts that one read compares with the condition; `nil` for all.
    init(after number: Int, limit: Int, slice: Int?) {
        last = number
        left = limit
        self.slice = slice
        writer.beginObject()
        writer.name("data")
        writer.beginArray()
    }

    /// Writes the next attempts that match a condition, and returns whether there may be more.
    func writeNext(_ condition: Condition, clientIDs: [Int: String], _ session: StoreSession) throws -> Bool {
        let (end, count) = try AttemptTable.write(
            condition, after: last, examining: slice, limit: left, clientIDs: clientIDs, to: &writer, session)
        left -= count
        last = end ?? last
        return end != nil && left > 0
    }

    func finish() -> ByteBuffer {
        writer.endArray()
        writer.endObject()
        return writer.withUnsafeBytes { ByteBuffer(bytes: $0) }
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
