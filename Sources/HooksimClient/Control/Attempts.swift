public import Webhooks

/// How one attempt ended.
public enum AttemptOutcome: String, Sendable, CaseIterable {
    /// The receiver's response had a status of 2xx.
    case delivered
    /// There was no such response.
    case failed
}

/// One try to deliver an event.
public struct Attempt: Sendable {
    /// The place in the attempt log, which rises with each attempt; `nil` in the live feed.
    public let sequence: Int?
    /// The event that was to be delivered.
    public let eventID: String
    /// The event's topic.
    public let topic: Topic
    /// The id of the object that the event is about.
    public let entityID: String
    /// Where the attempt was sent to.
    public let endpointURL: String
    /// The client whose event it is; `nil` if that client has been removed.
    public let clientID: String?
    /// Which attempt of its event it is, counted from 1.
    public let attempt: Int
    /// When it began, in virtual time.
    public let at: Timestamp
    /// How long it took.
    public let duration: Duration
    /// The status of the receiver's response; `nil` if there was no response.
    public let statusCode: Int?
    /// Why it failed, for people; `nil` if it did not.
    public let error: String?
    /// Why it failed, as a word for programs, for example `connection_refused` or `response_timeout`; `nil` if it did not.
    public let failure: String?
    /// The effect of the fault rule that was applied to it, if one was.
    public let fault: String?
    /// How it ended.
    public let outcome: AttemptOutcome
    /// When the event's next attempt is due; only in the live feed, and `nil` if there will be none.
    public let nextAttemptAt: Timestamp?
    /// What the receiver sent back; only in ``EventDetails``.
    public let response: AttemptResponse?
    /// The row as it was received.
    public let json: JSON
}

/// What a receiver sent back.
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
    /// Returns attempts from the attempt log, oldest first. Each parameter that is given selects those whose field has that value.
    ///
    /// - Parameters:
    ///   - eventID: The event's id.
    ///   - topic: The event's topic.
    ///   - clientID: The client whose event it is.
    ///   - endpointURL: Where the attempt was sent to.
    ///   - outcome: How it ended.
    ///   - afterSequence: Only attempts whose ``Attempt/sequence`` is larger.
    ///   - limit: How many at most, 1 to 100,000.
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
