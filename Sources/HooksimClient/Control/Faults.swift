import StrictJSON
public import Webhooks

/// A fault rule to add: its target, its conditions and its effect.
///
/// ```swift
/// try await hooksim.addFault(.delivery(.duplicate(2), topic: .invoicePaid, limits: .init(times: 1)))
/// try await hooksim.addFault(.api(.status(503), limits: .init(probability: 0.1)))
/// ```
public struct NewFaultRule: Sendable {
    /// The limits within which a rule is applied.
    public struct Limits: Sendable {
        /// The probability with which the rule is applied to a match, 0 to 1.
        public var probability: Double
        /// The number of matches that pass before the rule is applied.
        public var skip: Int
        /// The number of times that the rule is applied; `nil` is without limit.
        public var times: Int?
        /// The virtual time for which the rule exists; `nil` is until it is removed.
        public var lifetime: Duration?

        /// Creates limits; by default a rule is always applied.
        ///
        /// - Parameters:
        ///   - probability: The probability with which the rule is applied to a match, 0 to 1.
        ///   - skip: The number of matches that pass before the rule is applied.
        ///   - times: The number of times that the rule is applied; `nil` is without limit.
        ///   - lifetime: The virtual time for which the rule exists; `nil` is until it is removed.
        public init(probability: Double = 1, skip: Int = 0, times: Int? = nil, lifetime: Duration? = nil) {
            self.probability = probability
            self.skip = skip
            self.times = times
            self.lifetime = lifetime
        }
    }

    /// The rule as it is sent.
    public let json: JSON

    /// Creates a rule from JSON in the form of `POST /__admin/faults`.
    public init(json: JSON) { self.json = json }

    private init(_ target: String, _ effect: JSON, _ match: [(name: String, value: JSON?)], _ limits: Limits) {
        var rule = JSONObject([("target", .string(target)), ("effect", effect)])
        let match = match.compactMap { name, value in value.map { (name: name, value: $0) } }
        if !match.isEmpty { rule["match"] = .object(JSONObject(match)) }
        if limits.probability != 1 { rule["probability"] = .number(String(limits.probability)) }
        if limits.skip != 0 { rule["skip"] = .number(limits.skip) }
        rule["times"] = limits.times.map { .number($0) }
        rule["for"] = limits.lifetime?.wire
        json = .object(rule)
    }

    /// Returns a rule for requests to the five endpoints of the simulated API. Each further given parameter restricts
    /// it to requests with that value.
    ///
    /// - Parameters:
    ///   - effect: The effect on the requests.
    ///   - method: The method, for example `POST`.
    ///   - path: The path, or its beginning followed by `*`.
    ///   - clientID: The client that sends the requests.
    ///   - operation: The operation, for example `createSubscription`.
    ///   - limits: The limits within which the rule is applied.
    public static func api(
        _ effect: RequestEffect, method: String? = nil, path: String? = nil, clientID: String? = nil,
        operation: String? = nil, limits: Limits = Limits()
    ) -> Self {
        Self(
            "api", effect.json,
            [
                ("method", method.map(JSON.string)), ("path", path.map(JSON.string)),
                ("client_id", clientID.map(JSON.string)), ("operation", operation.map(JSON.string)),
            ], limits)
    }

    /// Returns a rule for requests to the token endpoint.
    ///
    /// - Parameters:
    ///   - effect: The effect on the requests.
    ///   - clientID: The client that sends the requests; without it, any.
    ///   - limits: The limits within which the rule is applied.
    public static func token(_ effect: RequestEffect, clientID: String? = nil, limits: Limits = Limits()) -> Self {
        Self("token", effect.json, [("client_id", clientID.map(JSON.string))], limits)
    }

    /// Returns a rule for attempts. Each further given parameter restricts it to attempts with that value.
    ///
    /// - Parameters:
    ///   - effect: The effect on the attempts.
    ///   - topic: The event's topic.
    ///   - endpointURL: The URL to which the event is delivered.
    ///   - clientID: The client that owns the event.
    ///   - entityID: The id of the object that the event is about.
    ///   - attempt: The number of the attempt among those of its event, counted from 1.
    ///   - limits: The limits within which the rule is applied.
    public static func delivery(
        _ effect: DeliveryEffect, topic: Topic? = nil, endpointURL: String? = nil, clientID: String? = nil,
        entityID: String? = nil, attempt: Int? = nil, limits: Limits = Limits()
    ) -> Self {
        Self(
            "delivery", effect.json,
            [
                ("topic", topic.map { .string($0.rawValue) }), ("endpoint_url", endpointURL.map(JSON.string)),
                ("client_id", clientID.map(JSON.string)), ("entity_id", entityID.map(JSON.string)),
                ("attempt", attempt.map { .number($0) }),
            ], limits)
    }
}

/// A fault rule in force.
public struct FaultRule: Sendable {
    /// The rule's id, by which it is removed.
    public let id: String
    /// The target of the rule: `api`, `token` or `delivery`.
    public let target: String
    /// The number of requests or attempts that the rule has matched.
    public let matches: Int
    /// The number of matches to which the rule was applied.
    public let hits: Int
    /// The rule as it was received, with its match and its effect.
    public let json: JSON
}

extension FaultRule: ResponseValue {
    init(_ fields: ResponseFields) throws {
        id = try fields.string("id")
        target = try fields.string("target")
        matches = try fields.integer("matches")
        hits = try fields.integer("hits")
        json = fields.json
    }
}

extension ControlClient {
    /// Returns the fault rules in force, in the order in which they are tried.
    ///
    /// - Throws: ``HooksimError``.
    public func faults() async throws -> [FaultRule] { try await rows(APIRequest(.get, "/__admin/faults")) }

    /// Adds a fault rule behind those in force.
    ///
    /// - Throws: ``HooksimError``; a refusal that names each wrong field if the rule is not valid or can match nothing.
    @discardableResult
    public func addFault(_ rule: NewFaultRule) async throws -> FaultRule {
        try await value(APIRequest(.post, "/__admin/faults", body: rule.json))
    }

    /// Adds the rules of a preset behind those in force.
    ///
    /// - Throws: ``HooksimError``.
    @discardableResult
    public func addFaults(_ preset: FaultPreset) async throws -> [FaultRule] {
        try await rows(APIRequest(.post, "/__admin/faults", body: ["preset": .string(preset.rawValue)]))
    }

    /// Removes a fault rule.
    ///
    /// - Parameter id: The rule's id.
    /// - Throws: ``HooksimError``; a refusal if there is no such rule.
    @discardableResult
    public func removeFault(_ id: String) async throws -> FaultRule {
        try await value(APIRequest(.delete, "/__admin/faults/\(FormFields.encode(id))"))
    }

    /// Removes all fault rules.
    ///
    /// - Throws: ``HooksimError``.
    public func clearFaults() async throws {
        let _: [FaultRule] = try await rows(APIRequest(.delete, "/__admin/faults"))
    }
}
