import StrictJSON
import Webhooks

/// The settings that can be changed while a simulator runs.
public struct SimulatorSettings: Sendable, Equatable {
    /// The wait before each attempt, in virtual time from the end of the previous attempt; 1 to 100 waits.
    public var retrySchedule: [Duration]
    /// The share of a wait by which it may be longer or shorter, 0 to 1.
    public var retryJitter: Double
    /// The limit of an attempt in real time, from connecting to the last byte of the response, up to an hour.
    public var deliveryTimeout: Duration
    /// The maximum number of concurrent attempts to one subscription, 1 to 1,024.
    public var deliveryConcurrency: Int
    /// The maximum number of requests per second of a client, 1 to 100,000; `nil` is without limit.
    public var rateLimit: Int?
    /// The virtual time for which a new token is valid.
    public var tokenLifetime: Duration
    /// The number of consecutive failed events after which a subscription becomes inactive; `nil` is never.
    public var autoDisableThreshold: Int?
    /// The number of final events that are kept, the latest ones; `nil` is all.
    public var retentionEvents: Int?
    /// The number of attempts that are kept in the attempt log, the latest ones; `nil` is all.
    public var retentionAttempts: Int?
    /// The number of requests that are kept in the request log, the latest ones.
    public var retentionRequests: Int
}

extension SimulatorSettings: ResponseValue {
    init(_ fields: ResponseFields) throws {
        retrySchedule = try fields.value("retry_schedule", "an array of durations") { value in
            let waits = value.array?.compactMap(Duration.init(wire:))
            return waits?.count == value.array?.count ? waits : nil
        }
        retryJitter = try fields.double("retry_jitter")
        deliveryTimeout = try fields.duration("delivery_timeout")
        deliveryConcurrency = try fields.integer("delivery_concurrency")
        rateLimit = try fields.optionalInteger("rate_limit")
        tokenLifetime = try fields.duration("token_ttl")
        autoDisableThreshold = try fields.optionalInteger("auto_disable_threshold")
        retentionEvents = try fields.optionalInteger("retention_events")
        retentionAttempts = try fields.optionalInteger("retention_attempts")
        retentionRequests = try fields.integer("retention_requests")
    }

    /// All settings in the JSON of the control API.
    var json: JSONObject {
        JSONObject([
            ("retry_schedule", .array(retrySchedule.map(\.wire))), ("retry_jitter", .number(String(retryJitter))),
            ("delivery_timeout", deliveryTimeout.wire), ("delivery_concurrency", .number(deliveryConcurrency)),
            ("rate_limit", Self.orNull(rateLimit)), ("token_ttl", tokenLifetime.wire),
            ("auto_disable_threshold", Self.orNull(autoDisableThreshold)),
            ("retention_events", Self.orNull(retentionEvents)),
            ("retention_attempts", Self.orNull(retentionAttempts)),
            ("retention_requests", .number(retentionRequests)),
        ])
    }

    private static func orNull(_ value: Int?) -> JSON { value.map { .number($0) } ?? .null }
}

extension ControlClient {
    /// Returns the settings in force.
    ///
    /// - Throws: ``HooksimError``.
    public func settings() async throws -> SimulatorSettings { try await value(APIRequest(.get, "/__admin/settings")) }

    /// Changes settings at once; a reset restores those that the simulator was started with.
    ///
    /// ```swift
    /// try await hooksim.updateSettings { $0.retrySchedule = [.zero, .seconds(60)] }
    /// ```
    ///
    /// - Parameter change: Called with the settings in force; only those that it changes are sent.
    /// - Returns: The settings in force afterwards.
    /// - Throws: ``HooksimError``; a refusal that names each setting that is out of range, and then none is changed.
    @discardableResult
    public func updateSettings(_ change: (inout SimulatorSettings) -> Void) async throws -> SimulatorSettings {
        let before = try await settings()
        var after = before
        change(&after)
        let members = zip(before.json.members, after.json.members).filter { $0.value != $1.value }.map { $1 }
        return try await value(
            APIRequest(.patch, "/__admin/settings", body: .object(JSONObject(members))))
    }
}
