public import Webhooks

/// Whether virtual time passes by itself.
public enum ClockMode: String, Sendable, CaseIterable {
    /// It passes as real time does.
    case real
    /// It passes only when the clock is advanced.
    case frozen
}

/// What the virtual clock shows.
public struct ClockReading: Sendable {
    /// Whether time passes by itself.
    public let mode: ClockMode
    /// The virtual time.
    public let now: Timestamp
    /// The response as it was received.
    public let json: JSON
}

/// What has happened while the clock was advanced.
public struct ClockAdvance: Sendable {
    /// The virtual time now.
    public let now: Timestamp
    /// How many attempts were recorded on the way.
    public let attempts: Int
    /// How many events are still pending.
    public let pending: Int
    /// Whether all that fell due was finished before the limit of real time.
    public let isFinished: Bool
    /// The response as it was received.
    public let json: JSON
}

extension ClockReading: ResponseValue {
    init(_ fields: ResponseFields) throws {
        mode = try fields.word("mode")
        now = try fields.timestamp("now")
        json = fields.json
    }
}

extension ClockAdvance: ResponseValue {
    init(_ fields: ResponseFields) throws {
        now = try fields.timestamp("now")
        attempts = try fields.integer("attempts")
        pending = try fields.integer("pending")
        isFinished = try fields.bool("idle")
        json = fields.json
    }
}

extension ControlClient {
    /// Returns what the virtual clock shows.
    ///
    /// - Throws: ``HooksimError``.
    public func clock() async throws -> ClockReading { try await value(APIRequest(.get, "/__admin/clock")) }

    /// Freezes the virtual clock.
    ///
    /// What is due at that instant is still sent at once.
    ///
    /// - Parameter instant: Where it stops; without it, where it is.
    /// - Throws: ``HooksimError``.
    @discardableResult
    public func freezeClock(at instant: Timestamp? = nil) async throws -> ClockReading {
        try await setClock(.frozen, at: instant)
    }

    /// Lets the virtual clock run on.
    ///
    /// - Parameter instant: Where it runs on from; without it, where it is.
    /// - Throws: ``HooksimError``.
    @discardableResult
    public func resumeClock(at instant: Timestamp? = nil) async throws -> ClockReading {
        try await setClock(.real, at: instant)
    }

    private func setClock(_ mode: ClockMode, at instant: Timestamp?) async throws -> ClockReading {
        var body = JSONObject([("mode", .string(mode.rawValue))])
        body["now"] = instant.map { .string($0.description) }
        return try await value(APIRequest(.put, "/__admin/clock", body: .object(body)))
    }

    /// Moves the frozen clock forward by a duration, and returns when all that fell due on the way has been sent and finished.
    ///
    /// A delivery that falls due on the way is sent at its own instant.
    ///
    /// - Parameters:
    ///   - duration: How far, in virtual time, up to 365 days.
    ///   - limit: How much real time that may take; without it, as much as is needed, up to an hour.
    /// - Throws: ``HooksimError``; a refusal if the clock is not frozen.
    @discardableResult
    public func advanceClock(by duration: Duration, limit: Duration? = nil) async throws -> ClockAdvance {
        try await advance(("by", duration.wire), limit)
    }

    /// Moves the frozen clock forward to an instant, and returns when all that fell due on the way has been sent and finished.
    ///
    /// - Parameters:
    ///   - instant: Where to, not earlier than what the clock shows.
    ///   - limit: How much real time that may take; without it, as much as is needed, up to an hour.
    /// - Throws: ``HooksimError``; a refusal if the clock is not frozen, or shows a later instant.
    @discardableResult
    public func advanceClock(to instant: Timestamp, limit: Duration? = nil) async throws -> ClockAdvance {
        try await advance(("to", .string(instant.description)), limit)
    }

    /// Moves the frozen clock forward until no event is pending.
    ///
    /// - Parameter limit: How much real time that may take; without it, as much as is needed, up to an hour.
    /// - Throws: ``HooksimError``; a refusal if the clock is not frozen.
    @discardableResult
    public func advanceClockUntilIdle(limit: Duration? = nil) async throws -> ClockAdvance {
        try await advance(("until", "idle"), limit)
    }

    private func advance(_ goal: (name: String, value: JSON), _ limit: Duration?) async throws -> ClockAdvance {
        var body = JSONObject([goal])
        body["timeout_ms"] = limit.map { .number($0.milliseconds) }
        var request = APIRequest(.post, "/__admin/clock/advance", body: .object(body))
        request.timeout = .seconds(3600)
        return try await value(request)
    }
}
