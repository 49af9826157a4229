import StrictJSON
public import Webhooks

/// The mode of the virtual clock.
public enum ClockMode: String, Sendable, CaseIterable {
    /// Virtual time passes as real time does.
    case real
    /// Virtual time passes only when the clock is advanced.
    case frozen
}

/// The mode and the time of the virtual clock.
public struct ClockReading: Sendable {
    /// The mode of the clock.
    public let mode: ClockMode
    /// The virtual time.
    public let now: Timestamp
    /// The response as it was received.
    public let json: JSON
}

/// The result of an advance of the clock.
public struct ClockAdvance: Sendable {
    /// The virtual time after the advance.
    public let now: Timestamp
    /// The number of attempts that ended during the advance.
    public let attempts: Int
    /// The number of events that are still pending.
    public let pending: Int
    /// Whether all due attempts had finished before the limit of real time.
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
    /// Returns the mode and the time of the virtual clock.
    ///
    /// - Throws: ``HooksimError``.
    public func clock() async throws -> ClockReading { try await value(APIRequest(.get, "/__admin/clock")) }

    /// Freezes the virtual clock.
    ///
    /// Attempts that are due at that instant are still sent.
    ///
    /// - Parameter instant: The virtual time of the frozen clock; without it, the current one.
    /// - Throws: ``HooksimError``.
    @discardableResult
    public func freezeClock(at instant: Timestamp? = nil) async throws -> ClockReading {
        try await setClock(.frozen, at: instant)
    }

    /// Resumes the virtual clock.
    ///
    /// - Parameter instant: The virtual time from which the clock runs; without it, the current one.
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

    /// Advances the frozen clock by a duration, and returns once all attempts that fell due have finished.
    ///
    /// Each of them is sent at the instant at which it is due.
    ///
    /// - Parameters:
    ///   - duration: The duration in virtual time, up to 365 days.
    ///   - limit: The maximum real time of the advance; without it, as much as is needed, up to an hour.
    /// - Throws: ``HooksimError``; a refusal if the clock is not frozen.
    @discardableResult
    public func advanceClock(by duration: Duration, limit: Duration? = nil) async throws -> ClockAdvance {
        try await advance(("by", duration.wire), limit)
    }

    /// Advances the frozen clock to an instant, and returns once all attempts that fell due have finished.
    ///
    /// - Parameters:
    ///   - instant: The new virtual time, which must not be earlier than the current one.
    ///   - limit: The maximum real time of the advance; without it, as much as is needed, up to an hour.
    /// - Throws: ``HooksimError``; a refusal if the clock is not frozen, or its time is later.
    @discardableResult
    public func advanceClock(to instant: Timestamp, limit: Duration? = nil) async throws -> ClockAdvance {
        try await advance(("to", .string(instant.description)), limit)
    }

    /// Advances the frozen clock until no event is pending.
    ///
    /// - Parameter limit: The maximum real time of the advance; without it, as much as is needed, up to an hour.
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
