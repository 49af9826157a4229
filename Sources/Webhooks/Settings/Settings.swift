/// What can be changed while the simulator runs (`PATCH /__admin/settings`).
package struct Settings: Sendable, Equatable {
    package var retrySchedule = Assumptions.retrySchedule
    /// 0…1: by how much of itself a wait may be shorter or longer.
    package var retryJitter = Assumptions.retryJitter
    /// From connect to the last byte of the answer's body, in real time.
    package var deliveryTimeout = Assumptions.deliveryTimeout
    /// How many deliveries may be under way at once to one subscription.
    package var deliveryConcurrency = Assumptions.deliveryConcurrency
    /// Requests a second per client; `nil` is no limit.
    package var rateLimit: Int?
    package var tokenLifetime = Assumptions.tokenLifetime
    /// After how many failed events in a row a subscription is deactivated; `nil` is never.
    package var autoDisableThreshold: Int?
    /// How many events that are settled are kept, the latest ones, with their attempts; `nil` is all.
    package var retentionEvents: Int? = 2_000_000
    /// How many attempts are kept in the delivery journal, the latest ones; `nil` is all.
    package var retentionAttempts: Int? = 4_000_000
    /// How many calls are kept in the journal of requests, the latest ones; it is in memory.
    package var retentionRequests = 50_000

    package init(profile: Profile = .sandbox) {
        rateLimit = profile == .faithful ? Assumptions.faithfulRateLimit : nil
    }

    package static let retryScheduleLengths = 1...100
    package static let concurrencies = 1...1024
    package static let rateLimits = 1...100_000
    package static let thresholds = 1...1_000_000
    package static let retentions = 1...1_000_000_000
    package static let requestRetentions = 1...1_000_000
    package static let deliveryTimeouts = TimeSpan.milliseconds(1)...TimeSpan.seconds(3600)
    package static let tokenLifetimes = TimeSpan.milliseconds(1)...TimeSpan.longest
}

extension Settings {
    /// Changes the named settings; none of them when one is wrong.
    /// - Throws: a ``ValidationFailure`` that names every wrong or unknown field.
    package mutating func apply(_ patch: JSONObject) throws {
        var changed = self
        var failure = ValidationFailure()
        for (name, value) in patch.members {
            _ = failure.collect(name, .unacceptable) { try changed.set(name, value) }
        }
        try failure.check()
        self = changed
    }

    private mutating func set(_ name: String, _ value: JSON) throws {
        switch name {
        case "retry_schedule": retrySchedule = try Self.schedule(value)
        case "retry_jitter":
            guard let jitter = value.double, (0...1).contains(jitter) else {
                throw Problem.unexpected(expected: "a number from 0 to 1")
            }
            retryJitter = jitter
        case "delivery_timeout": deliveryTimeout = try Self.span(value, in: Self.deliveryTimeouts)
        case "delivery_concurrency": deliveryConcurrency = try Self.integer(value, in: Self.concurrencies)
        case "rate_limit": rateLimit = value.isNull ? nil : try Self.integer(value, in: Self.rateLimits, orNull: true)
        case "token_ttl": tokenLifetime = try Self.span(value, in: Self.tokenLifetimes)
        case "auto_disable_threshold":
            autoDisableThreshold = value.isNull ? nil : try Self.integer(value, in: Self.thresholds, orNull: true)
        case "retention_events":
            retentionEvents = value.isNull ? nil : try Self.integer(value, in: Self.retentions, orNull: true)
        case "retention_attempts":
            retentionAttempts = value.isNull ? nil : try Self.integer(value, in: Self.retentions, orNull: true)
        case "retention_requests": retentionRequests = try Self.integer(value, in: Self.requestRetentions)
        default:
            throw Problem.invalid("is not a setting; the settings are \(Self.names.joined(separator: ", "))")
        }
    }

    private static let names = JSON.object(Settings().json).object!.members.map(\.name)

    private static func schedule(_ value: JSON) throws -> [TimeSpan] {
        guard let elements = value.array, retryScheduleLengths.contains(elements.count) else {
            throw Problem.unexpected(expected: "an array of 1 to 100 durations, the wait before each attempt")
        }
        return try elements.enumerated().map { index, element in
            guard let text = element.string else {
                let problem = Problem.unexpected(expected: "a duration such as \"5s\"", found: element.kind)
                throw Problem.element(index, problem)
            }
            do { return try TimeSpan(text) } catch let error as TimeSpanError {
                throw Problem.element(index, error.problem)
            }
        }
    }

    private static func span(_ value: JSON, in range: ClosedRange<TimeSpan>) throws -> TimeSpan {
        guard let text = value.string else {
            throw Problem.unexpected(expected: "a duration such as \"10s\"", found: value.kind)
        }
        let span = try TimeSpan(text)
        guard range.contains(span) else {
            throw Problem.unexpected(expected: "from \(range.lowerBound) to \(range.upperBound)")
        }
        return span
    }

    private static func integer(_ value: JSON, in range: ClosedRange<Int>, orNull: Bool = false) throws -> Int {
        guard let number = value.integer, range.contains(number) else {
            throw Problem.unexpected(outside: range, orNull: orNull)
        }
        return number
    }

    package var json: JSONObject {
        JSONObject([
            ("retry_schedule", .array(retrySchedule.map { .string($0.description) })),
            ("retry_jitter", .number(String(retryJitter))),
            ("delivery_timeout", .string(deliveryTimeout.description)),
            ("delivery_concurrency", .number(deliveryConcurrency)),
            ("rate_limit", rateLimit.map { .number($0) } ?? .null),
            ("token_ttl", .string(tokenLifetime.description)),
            ("auto_disable_threshold", autoDisableThreshold.map { .number($0) } ?? .null),
            ("retention_events", retentionEvents.map { .number($0) } ?? .null),
            ("retention_attempts", retentionAttempts.map { .number($0) } ?? .null),
            ("retention_requests", .number(retentionRequests)),
        ])
    }
}
