import StrictJSON
public import Webhooks

/// One event on its way to one subscription.
public struct Event: Sendable {
    /// The event's id, a UUID; the `idempotency_key` of its deliveries.
    public let id: String
    /// The id of the partner that owns the event.
    public let partnerID: String
    /// The id of the subscription to which the event is delivered.
    public let subscriptionID: String
    /// The topic of the event.
    public let topic: Topic
    /// The id of the object that the event is about.
    public let entityID: String
    /// The status: pending, delivered or failed.
    public let status: EventStatus
    /// The number of attempts that have ended.
    public let attempts: Int
    /// The status of the receiver's last response; `nil` if there was none.
    public let lastStatusCode: Int?
    /// The reason for which the last attempt failed, for people; `nil` if it did not.
    public let lastError: String?
    /// The body that every attempt sends.
    public let payload: JSON
    /// The virtual time at which the event was created.
    public let createdAt: Timestamp
    /// The virtual time at which the event was last changed.
    public let updatedAt: Timestamp
    /// The virtual time at which the event was delivered; `nil` if it was not.
    public let deliveredAt: Timestamp?
    /// The row as it was received.
    public let json: JSON
}

extension Event: ResponseValue {
    init(_ fields: ResponseFields) throws { try self.init(fields, attempts: "attempts") }

    /// Reads an event.
    ///
    /// - Parameter attempts: The name of the member that has the number of attempts.
    init(_ fields: ResponseFields, attempts name: String) throws {
        id = try fields.string("id")
        partnerID = try fields.string("partner_id")
        subscriptionID = try fields.string("subscription_id")
        topic = try fields.word("topic")
        entityID = try fields.string("entity_id")
        status = try fields.word("status")
        attempts = try fields.integer(name)
        lastStatusCode = try fields.optionalInteger("last_status_code")
        lastError = try fields.optionalString("last_error")
        payload = try fields.json("payload")
        createdAt = try fields.timestamp("created_at")
        updatedAt = try fields.timestamp("updated_at")
        deliveredAt = try fields.optionalTimestamp("delivered_at")
        json = fields.json
    }
}

/// The filter of a list of events.
public struct EventFilter: Sendable {
    /// Only events of this topic.
    public var topic: Topic?
    /// Only events of this status.
    public var status: EventStatus?
    /// Only events that were created at this instant or later.
    public var from: Timestamp?
    /// Only events that were created before this instant.
    public var to: Timestamp?

    /// Creates a filter; without parameters every event passes it.
    ///
    /// - Parameters:
    ///   - topic: Only events of this topic.
    ///   - status: Only events of this status.
    ///   - from: Only events that were created at this instant or later.
    ///   - to: Only events that were created before this instant.
    public init(topic: Topic? = nil, status: EventStatus? = nil, from: Timestamp? = nil, to: Timestamp? = nil) {
        self.topic = topic
        self.status = status
        self.from = from
        self.to = to
    }

    var query: [(name: String, value: String?)] {
        [
            ("topic", topic?.rawValue), ("status", status?.rawValue), ("from_date", from?.description),
            ("to_date", to?.description),
        ]
    }
}
