import StrictJSON
public import Webhooks

/// The outcome of an attempt.
public enum AttemptOutcome: String, Sendable, CaseIterable {
    /// The receiver's response had a status of 2xx.
    case delivered
    /// There was no response with a status of 2xx.
    case failed
}

/// One try to deliver an event.
public struct Attempt: Sendable {
    /// The number of the attempt in the attempt log, which rises with each attempt; `nil` in the live feed.
    public let sequence: Int?
    /// The id of the event.
    public let eventID: String
    /// The event's topic.
    public let topic: Topic
    /// The id of the object that the event is about.
    public let entityID: String
    /// The URL to which the attempt was sent.
    public let endpointURL: String
    /// The client that owns the event; `nil` if that client has been removed.
    public let clientID: String?
    /// The number of the attempt among those of its event, counted from 1.
    public let attempt: Int
    /// The virtual time at which the attempt began.
    public let at: Timestamp
    /// The duration of the attempt.
    public let duration: Duration
    /// The status of the receiver's response; `nil` if there was no response.
    public let statusCode: Int?
    /// The reason for which the attempt failed, for people; `nil` if it did not.
    public let error: String?
    /// The kind of the failure, for programs, for example `connection_refused` or `response_timeout`; `nil` if the
    /// attempt did not fail.
    public let failure: String?
    /// The effect of the fault rule that was applied to the attempt, if there was one.
    public let fault: String?
    /// The outcome of the attempt.
    public let outcome: AttemptOutcome
    /// The virtual time at which the event's next attempt is due. It is `nil` if there will be none, and outside of the
    /// live feed.
    public let nextAttemptAt: Timestamp?
    /// The response of the receiver; only in ``EventDetails``.
    public let response: AttemptResponse?
    /// The row as it was received.
    public let json: JSON
}

/// The response of a receiver.
public struct AttemptResponse: Sendable {
    /// The names and values of the headers, in the order in which they were received.
    public let headers: [(name: String, value: String)]
    /// The body, or the beginning of a long one.
    public let body: String
}

extension Attempt: ResponseValue {
    init(_ fields: ResponseFields) throws {
        sequence = try fields.optionalInteger("seq")
        eventID = try fields.string("event_id")
        topic = try fields.word("topic")
        entityID = try fields.string("entity_id")
        endpointURL = try fields.string("endpoint_url")
        clientID = try fields.optionalString("client_id")
        attempt = try fields.integer("attempt")
        at = try fields.timestamp("at")
        duration = .milliseconds(try fields.integer("duration_ms"))
        statusCode = try fields.optionalInteger("status_code")
        error = try fields.optionalString("error")
        failure = try fields.optionalString("failure")
        fault = try fields.optionalString("fault")
        outcome = try fields.word("outcome")
        nextAttemptAt = try fields.optionalTimestamp("next_attempt_at")
        let received = try fields.optional("response", "an object") { $0 }
        response = try received.map { try AttemptResponse(ResponseFields($0, at: "response")) }
        json = fields.json
    }
}

extension AttemptResponse: ResponseValue {
    init(_ fields: ResponseFields) throws {
        let lines = try fields.optional("headers", "an array of names and values", \.array) ?? []
        headers = lines.compactMap { line in
            guard let pair = line.array, pair.count == 2, let name = pair[0].string, let value = pair[1].string else {
                return nil
            }
            return (name, value)
        }
        body = try fields.string("body")
    }
}

extension ControlClient {
    /// Returns attempts from the attempt log, oldest first. Each given parameter selects the attempts whose field has
    /// its value.
    ///
    /// - Parameters:
    ///   - eventID: The event's id.
    ///   - topic: The event's topic.
    ///   - clientID: The client that owns the event.
    ///   - endpointURL: The URL to which the attempt was sent.
    ///   - outcome: The outcome of the attempt.
    ///   - afterSequence: Only attempts whose ``Attempt/sequence`` is larger.
    ///   - limit: The maximum number of attempts, 1 to 100,000.
    /// - Throws: ``HooksimError``.
    public func attempts(
        eventID: String? = nil, topic: Topic? = nil, clientID: String? = nil, endpointURL: String? = nil,
        outcome: AttemptOutcome? = nil, afterSequence: Int? = nil, limit: Int? = nil
    ) async throws -> [Attempt] {
        var request = APIRequest(.get, "/__admin/attempts")
        request.query = [
            ("event_id", eventID), ("topic", topic?.rawValue), ("client_id", clientID),
            ("endpoint_url", endpointURL), ("outcome", outcome?.rawValue),
            ("after_seq", afterSequence.map(String.init)), ("limit", limit.map(String.init)),
        ]
        return try await rows(request)
    }
}
