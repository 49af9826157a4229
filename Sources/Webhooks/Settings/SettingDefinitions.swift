/// The definitions of all settings, in the order in which they are listed. Each setting is defined only here.
///
/// A definition determines the setting's value in ``Settings``, an option of `hooksim serve`, an environment variable,
/// a key of the configuration file, a member of `/__admin/settings` and of a scenario's `settings`, and a property in
/// the schemas of both.
package struct SettingDefinitions: Sendable {
    package let retrySchedule = Setting(
        "retry_schedule", .durations(count: 1...100, each: "the wait before each attempt"),
        default: Assumptions.retrySchedule,
        help: "The wait before each attempt, counted from the end of the one before")
    package let retryJitter = Setting(
        "retry_jitter", .fraction, default: Assumptions.retryJitter,
        help: "The share of a wait by which it may be shorter or longer, drawn from the seed")
    package let deliveryTimeout = Setting(
        "delivery_timeout", .duration(.milliseconds(1) ... .seconds(3600)), default: Assumptions.deliveryTimeout,
        help: "The longest an attempt may take in real time, from connecting to the last byte of the response")
    package let deliveryConcurrency = Setting(
        "delivery_concurrency", .integer(1...1024), default: Assumptions.deliveryConcurrency,
        help: "How many attempts may be under way at once to one subscription")
    package let rateLimit = Setting(
        "rate_limit", .integer(1...100_000, orNull: "no limit"), default: nil, faithful: Assumptions.faithfulRateLimit,
        help: "How many requests a second each client may send")
    package let tokenLifetime = Setting(
        "token_ttl", .duration(.milliseconds(1)...TimeSpan.longest), default: Assumptions.tokenLifetime,
        help: "How long a new access token is valid")
    package let autoDisableThreshold = Setting(
        "auto_disable_threshold", .integer(1...1_000_000, orNull: "never"), default: nil,
        help: "After how many failed events in a row a subscription is deactivated")
    package let retentionEvents = Setting(
        "retention_events", .integer(1...1_000_000_000, orNull: "all"), default: 2_000_000,
        help: "How many events in a final status are kept, the latest ones, with their attempts")
    package let retentionAttempts = Setting(
        "retention_attempts", .integer(1...1_000_000_000, orNull: "all"), default: 4_000_000,
        help: "How many attempts are kept in the attempt log, the latest ones")
    package let retentionRequests = Setting(
        "retention_requests", .integer(1...1_000_000), default: 50_000,
        help: "How many requests are kept in the request log, the latest ones")
}
