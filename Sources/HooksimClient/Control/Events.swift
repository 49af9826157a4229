import StrictJSON
public import Webhooks

/// The events that a trigger has created.
public struct TriggeredEvents: Sendable {
    /// The events: for each matching subscription, as many as the trigger's `count`.
    public let events: [Event]
    /// The number of active subscriptions to the topic; no event is created without one.
    public let matchedSubscriptions: Int
    /// The response as it was received.
    public let json: JSON
}

extension TriggeredEvents: ResponseValue {
    init(_ fields: ResponseFields) throws {
        events = try fields.rows("data")
        matchedSubscriptions = try fields.integer("matched_subscriptions")
        json = fields.json
    }
}

/// An event with all its attempts.
public struct EventDetails: Sendable {
    /// The event.
    public let event: Event
    /// The client that owns the event.
    public let clientID: String
    /// The URL to which the event is delivered.
    public let endpointURL: String
    /// The virtual time at which the next attempt is due; `nil` if there will be none.
    public let nextAttemptAt: Timestamp?
    /// The attempts, oldest first, each with the response of the receiver.
    public let attempts: [Attempt]
    /// The response as it was received.
    public let json: JSON
}

extension EventDetails: ResponseValue {
    init(_ fields: ResponseFields) throws {
        event = try Event(fields, attempts: "attempt_count")
        clientID = try fields.string("client_id")
        endpointURL = try fields.string("endpoint_url")
        nextAttemptAt = try fields.optionalTimestamp("next_attempt_at")
        attempts = try fields.rows("attempts")
        json = fields.json
    }
}

extension ControlClient {
    /// Creates an event for each matching subscription. The events are durable when this returns, and their delivery
    /// has begun.
    ///
    /// - Parameters:
    ///   - topic: The topic of the events.
    ///   - entityID: The id of the object that they are about, 1 to 255 characters; without it, a random one.
    ///   - data: The object itself; without it, a realistic one of the topic.
    ///   - set: The values to set in the object, by path, for example `["line_items.0.amount": "12.50"]`.
    ///   - clientID: The client that owns the events; without it, the default client.
    ///   - count: The number of events to create for each matching subscription, 1 to 10,000.
    /// - Throws: ``HooksimError``; a refusal that names each value that can't be accepted.
    @discardableResult
    public func trigger(
        _ topic: Topic, entityID: String? = nil, data: JSON? = nil, set: JSON? = nil, clientID: String? = nil,
        count: Int = 1
    ) async throws -> TriggeredEvents {
        var body = JSONObject([("topic", .string(topic.rawValue))])
        body["entity_id"] = entityID.map(JSON.string)
        body["data"] = data
        body["set"] = set
        body["client_id"] = clientID.map(JSON.string)
        if count != 1 { body["count"] = .number(count) }
        return try await value(APIRequest(.post, "/__admin/events", body: .object(body)))
    }

    /// Returns a page of a client's events, newest first.
    ///
    /// - Parameters:
    ///   - filter: The filter of the events; all by default.
    ///   - clientID: The client that owns the events; without it, the default client.
    ///   - page: The selection of the page; the first by default.
    /// - Throws: ``HooksimError``.
    public func events(_ filter: EventFilter = EventFilter(), clientID: String? = nil, page: PageSelection = .first)
        async throws -> Page<Event>
    {
        var request = APIRequest(.get, "/__admin/events")
        request.query = filter.query + page.query + [("client_id", clientID)]
        return try await value(request)
    }

    /// Returns an event of any client with its exact payload and all its attempts.
    ///
    /// - Parameter id: The event's id.
    /// - Throws: ``HooksimError``; a refusal if there is no such event.
    public func event(_ id: String) async throws -> EventDetails {
        try await value(APIRequest(.get, "/__admin/events/\(FormFields.encode(id))"))
    }

    /// Delivers an event once more, whatever its status.
    ///
    /// - Parameter id: The event's id.
    /// - Returns: The event, which is pending again.
    /// - Throws: ``HooksimError``; a refusal if there is no such event, or if its subscription is not active.
    @discardableResult
    public func resendEvent(_ id: String) async throws -> EventDetails {
        try await value(APIRequest(.post, "/__admin/events/\(FormFields.encode(id))/resend"))
    }
}
