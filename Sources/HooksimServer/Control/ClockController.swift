import Hummingbird
import StrictJSON
import Webhooks

/// Serves `/__admin/clock`: shows, freezes, advances and resumes the virtual clock.
struct ClockController: Sendable {
    let clock: SimulatedClock
    let move: MoveClock

    func addRoutes(to routes: inout Routes) {
        routes.add(.get, "/__admin/clock", "getClock", usesStore: false) { _, _ in .json(.ok, Self.json(clock)) }
        routes.add(.put, "/__admin/clock", "setClock", body: .json, usesStore: false) { request, _ in
            try await set(request)
        }
        routes.add(.post, "/__admin/clock/advance", "advanceClock", body: .json, mayConflict: true) { request, _ in
            try await advance(request)
        }
    }

    private static func json(_ clock: SimulatedClock) -> JSON {
        let (mode, now) = clock.read()
        return ["mode": .string(mode.rawValue), "now": .string(now.description)]
    }

    /// Sets the clock. Without `now`, the clock keeps its present instant, and is frozen there or continues from it.
    private func set(_ request: Request) async throws -> Response {
        var fields = ControlFields(try await request.jsonObject())
        let mode = fields.string("mode", isRequired: true).flatMap { text -> SimulatedClock.Mode? in
            if let mode = SimulatedClock.Mode(rawValue: text) { return mode }
            fields.failure.add("mode", .unexpected(expected: "real or frozen"), .unacceptable)
            return nil
        }
        let now = fields.instant("now")
        try fields.check()
        if let mode { try await move.set(mode, at: now) }
        return .json(.ok, Self.json(clock))
    }

    private func advance(_ request: Request) async throws -> Response {
        var fields = ControlFields(try await request.jsonObject())
        let by = fields.string("by").flatMap { text in
            fields.failure.collect("by", .unacceptable) { try TimeSpan(text) }
        }
        let to = fields.instant("to")
        let until = fields.string("until")
        if let until, until != "idle" { fields.failure.add("until", .unexpected(expected: "idle"), .unacceptable) }
        if fields.failure.fields.isEmpty, [by != nil, to != nil, until != nil].count(where: { $0 }) != 1 {
            fields.failure.add("by", .invalid("one of by, to and until is required"), .unacceptable)
        }
        let limit = fields.integer("timeout_ms", in: Expectation.timeouts)
        try fields.check()
        let goal: MoveClock.Goal = by.map { .by($0) } ?? to.map { .to($0) } ?? .idle
        let advance = try await move.advance(goal, limit: limit.map { .milliseconds($0) })
        return .json(
            .ok,
            [
                "now": .string(advance.now.description), "attempts": .number(advance.attempts),
                "pending": .number(advance.pending), "idle": .bool(advance.isIdle),
            ])
    }
}

extension ControlFields {
    mutating func instant(_ name: String) -> Timestamp? {
        string(name).flatMap { text in failure.collect(name, .unacceptable) { try Timestamp(iso8601: text) } }
    }
}
