import StrictJSON
public import Webhooks

/// The number of rows that an expectation requires.
public enum ExpectedCount: Sendable, Hashable {
    /// Exactly this number of rows.
    case exactly(Int)
    /// This number of rows or more.
    case atLeast(Int)
    /// This number of rows or fewer.
    case atMost(Int)

    var member: (name: String, value: JSON) {
        switch self {
        case .exactly(let count): ("count", .number(count))
        case .atLeast(let count): ("at_least", .number(count))
        case .atMost(let count): ("at_most", .number(count))
        }
    }
}

/// The rows that an expectation counts: the events, attempts, or requests of the simulated API whose fields have the
/// given values.
public struct ExpectedRows: Sendable {
    let log: String
    private(set) var conditions: JSONObject

    /// Selects the rows of a log whose fields have these values.
    package init(_ log: String, where conditions: JSONObject) {
        self.log = log
        self.conditions = conditions
    }

    private init(_ log: String, _ conditions: [(name: String, value: JSON?)]) {
        self.log = log
        self.conditions = JSONObject(conditions.compactMap { name, value in value.map { (name, $0) } })
    }

    /// Returns the events whose fields have the given values.
    ///
    /// - Parameters:
    ///   - id: The event's id.
    ///   - topic: The topic.
    ///   - entityID: The id of the object that the event is about.
    ///   - status: The status.
    ///   - clientID: The client that owns the event.
    ///   - subscriptionID: The subscription to which the event is delivered.
    ///   - endpointURL: The URL to which the event is delivered.
    ///   - attempts: The number of attempts that have ended.
    ///   - lastStatusCode: The status of the receiver's last response.
    public static func events(
        id: String? = nil, topic: Topic? = nil, entityID: String? = nil, status: EventStatus? = nil,
        clientID: String? = nil, subscriptionID: String? = nil, endpointURL: String? = nil, attempts: Int? = nil,
        lastStatusCode: Int? = nil
    ) -> Self {
        Self(
            "events",
            [
                ("id", id.map(JSON.string)), ("topic", topic.map { .string($0.rawValue) }),
                ("entity_id", entityID.map(JSON.string)), ("status", status.map { .string($0.rawValue) }),
                ("client_id", clientID.map(JSON.string)), ("subscription_id", subscriptionID.map(JSON.string)),
                ("endpoint_url", endpointURL.map(JSON.string)), ("attempts", attempts.map { .number($0) }),
                ("last_status_code", lastStatusCode.map { .number($0) }),
            ])
    }

    /// Returns the attempts whose fields have the given values.
    ///
    /// - Parameters:
    ///   - eventID: The event's id.
    ///   - topic: The event's topic.
    ///   - entityID: The id of the object that the event is about.
    ///   - outcome: The outcome of the attempt.
    ///   - clientID: The client that owns the event.
    ///   - endpointURL: The URL to which the attempt was sent.
    ///   - attempt: The number of the attempt among those of its event, counted from 1.
    ///   - statusCode: The status of the receiver's response.
    ///   - failure: The kind of the failure, for example `connection_refused`.
    ///   - fault: The effect of the fault rule that was applied to the attempt.
    public static func attempts(
        eventID: String? = nil, topic: Topic? = nil, entityID: String? = nil, outcome: AttemptOutcome? = nil,
        clientID: String? = nil, endpointURL: String? = nil, attempt: Int? = nil, statusCode: Int? = nil,
        failure: String? = nil, fault: String? = nil
    ) -> Self {
        Self(
            "attempts",
            [
                ("event_id", eventID.map(JSON.string)), ("topic", topic.map { .string($0.rawValue) }),
                ("entity_id", entityID.map(JSON.string)), ("outcome", outcome.map { .string($0.rawValue) }),
                ("client_id", clientID.map(JSON.string)), ("endpoint_url", endpointURL.map(JSON.string)),
                ("attempt", attempt.map { .number($0) }), ("status_code", statusCode.map { .number($0) }),
                ("failure", failure.map(JSON.string)), ("fault", fault.map(JSON.string)),
            ])
    }

    /// Returns the requests of the simulated API whose fields have the given values.
    ///
    /// - Parameters:
    ///   - method: The method, for example `POST`.
    ///   - path: The path without its query.
    ///   - status: The status of the response.
    ///   - clientID: The client that sent the request.
    ///   - fault: The effect of the fault rule that was applied to the request.
    public static func requests(
        method: String? = nil, path: String? = nil, status: Int? = nil, clientID: String? = nil, fault: String? = nil
    ) -> Self {
        Self(
            "requests",
            [
                ("method", method.map(JSON.string)), ("path", path.map(JSON.string)),
                ("status", status.map { .number($0) }), ("client_id", clientID.map(JSON.string)),
                ("fault", fault.map(JSON.string)),
            ])
    }

    /// Returns these rows if one more field has a value, which may be null.
    ///
    /// - Parameters:
    ///   - field: The name of the field; of an event also a path into its payload, for example `payload.data.total`.
    ///   - value: Its value.
    public func having(_ field: String, _ value: JSON) -> Self {
        var rows = self
        rows.conditions[field] = value
        return rows
    }
}

/// The rows that there were at the timeout of an expectation.
public struct UnmetExpectation: Sendable, Equatable {
    /// The number of rows.
    public let count: Int
    /// The expected and the actual number of rows, for people.
    public let message: String
    /// The rows that have most of the expected values, best first.
    public let closest: [JSON]
}

extension ControlClient {
    /// Waits until the number of rows is as expected.
    ///
    /// - Parameters:
    ///   - count: The expected number of rows.
    ///   - rows: The rows to count.
    ///   - timeout: The maximum wait in real time, up to 10 minutes.
    /// - Returns: The number of rows.
    /// - Throws: ``HooksimError/expectationNotMet(_:)`` if the number is not as expected in time; another
    ///   ``HooksimError`` if the expectation is refused.
    @discardableResult
    public func expect(_ count: ExpectedCount, _ rows: ExpectedRows, timeout: Duration = .seconds(5)) async throws
        -> Int
    {
        var body = JSONObject([("of", .string(rows.log)), ("where", .object(rows.conditions)), count.member])
        body["timeout_ms"] = .number(timeout.milliseconds)
        var request = APIRequest(.post, "/__admin/expect", body: .object(body))
        request.timeout = timeout + .seconds(60)
        let (status, json) = try await sender.perform(request, token: adminToken)
        guard json["met"] == false else {
            guard (200...299).contains(status) else { throw sender.refusal(of: request, status: status, json) }
            return try RequestSender.read(json, of: request) { try $0.integer("count") }
        }
        throw try RequestSender.read(json, of: request) { fields in
            let found = try fields.integer("count")
            let closest = try fields.value("closest", "an array", \.array)
            let message = Self.message(try fields.string("message"), closest)
            return HooksimError.expectationNotMet(
                UnmetExpectation(count: found, message: message, closest: closest))
        }
    }

    private static func message(_ message: String, _ closest: [JSON]) -> String {
        closest.isEmpty ? message : ([message, "closest:"] + closest.map { "  \($0)" }).joined(separator: "\n")
    }
}
