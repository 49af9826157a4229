import Hummingbird
import ServiceLifecycle
import Webhooks

/// `POST /__admin/expect`: waits until so many rows match, woken by each change.
struct ExpectController: Sendable {
    let store: Store
    let partners: PartnerRegistry
    let requests: RequestLog
    let changes: ChangeSignal

    /// How many of the rows that come closest a failed expectation shows.
    private static let closestRows = 5
    /// Among how many of the newest rows they are looked for.
    private static let rowsCompared = 1000
    /// Under load changes come by the thousand a second; between two looks it waits this long.
    private static let pause = Duration.milliseconds(2)

    func addRoutes(to routes: inout Routes) {
        routes.add(.post, "/__admin/expect", "expect") { try await expect($0, $1) }
    }

    private func expect(_ request: Request, _ context: SimulatorContext) async throws -> Response {
        var fields = ControlFields(try await request.jsonObject())
        let expectation = Expectation(&fields)
        try fields.check()
        guard let expectation else { throw fields.failure }
        let condition = try condition(of: expectation)

        let deadline = ContinuousClock.now + .milliseconds(expectation.timeout)
        while true {
            let version = changes.version
            let count = try await count(expectation, condition)
            if expectation.bound.holds(for: count) { return .json(.ok, ["met": true, "count": .number(count)]) }
            let left = deadline - .now
            guard left > .zero, !Task.isCancelled, !Task.isShuttingDownGracefully else {
                return .json(.conflict, try await unmet(expectation, condition, count: count))
            }
            // A simulator that is told to stop must not be held up by somebody who still waits.
            await cancelWhenGracefulShutdown { await changes.wait(after: version, for: left) }
            try? await Task.sleep(for: Self.pause)
        }
    }

    private func condition(of expectation: Expectation) throws -> Condition {
        var failure = ValidationFailure()
        var condition = Condition()
        for (name, value) in expectation.wanted {
            switch expectation.journal {
            case .requests:
                guard let field = JournalField.requests[name] else {
                    failure.addUnknown(name, known: JournalField.requests.keys.sorted())
                    continue
                }
                _ = failure.collect("where.\(ValuePath.shown(name))", .unacceptable) { try field.value(value) }
            case .events where name.hasPrefix(PayloadField.prefix):
                _ = failure.collect("where.\(ValuePath.shown(name))", .unacceptable) {
                    try condition.requirePayload(name, equals: value)
                }
            case .events, .attempts:
                let known = expectation.journal == .events ? ConditionFields.events : ConditionFields.attempts
                guard let field = known[name] else {
                    failure.addUnknown(name, known: known.keys.sorted())
                    continue
                }
                _ = failure.collect("where.\(ValuePath.shown(name))", .unacceptable) {
                    try condition.require(field, equals: value, partners: partners)
                }
            }
        }
        try failure.check()
        return condition
    }

    private func count(_ expectation: Expectation, _ condition: Condition) async throws -> Int {
        switch expectation.journal {
        case .requests: return requests.entries { $0.matches(expectation.wanted) }.count
        case .events: return try await store.read { try EventTable.count(condition, $0) }
        case .attempts: return try await store.read { try AttemptTable.count(condition, $0) }
        }
    }

    /// The answer to an expectation that is not met: with those of the newest rows that have most of the wanted values, best first.
    private func unmet(_ expectation: Expectation, _ condition: Condition, count: Int) async throws -> [UInt8] {
        let closest = try await closest(to: expectation, condition)
        var writer = JSONWriter(capacity: closest.count + 64)
        writer.beginObject()
        writer.name("met")
        writer.bool(false)
        writer.name("count")
        writer.integer(count)
        writer.name("closest")
        writer.raw(closest)
        writer.endObject()
        return writer.bytes
    }

    private func closest(to expectation: Expectation, _ condition: Condition) async throws -> [UInt8] {
        let (count, limit) = (Self.rowsCompared, Self.closestRows)
        switch expectation.journal {
        case .requests: return JSON.array(closestRequests(to: expectation)).encoded
        case .events:
            return try await store.read { try EventTable.closest(to: condition, amongNewest: count, limit: limit, $0) }
        case .attempts:
            return try await store.read { [clientIDs = partners.clientIDs] in
                try AttemptTable.closest(
                    to: condition, amongNewest: count, limit: limit, clientIDs: clientIDs, $0)
            }
        }
    }

    private func closestRequests(to expectation: Expectation) -> [JSON] {
        let rows = requests.entries { _ in true }.suffix(Self.rowsCompared).reversed().map { JSON.object($0.json) }
        let scored = rows.map { row in (row: row, score: expectation.wanted.count { row[$0.name] == $0.value }) }
        // The sort is stable, so among equals the newest stay first.
        return scored.sorted { $0.score > $1.score }.prefix(Self.closestRows).map(\.row)
    }
}

extension ValidationFailure {
    fileprivate mutating func addUnknown(_ name: String, known: [String]) {
        add(
            "where.\(ValuePath.shown(name))",
            .invalid("is not a field of these rows; they have \(known.joined(separator: ", "))"),
            .unacceptable)
    }
}
