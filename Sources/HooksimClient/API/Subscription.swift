import StrictJSON
public import Webhooks

/// A subscription to the events of one topic, which are delivered to one URL.
public struct Subscription: Sendable {
    /// The subscription's id, a UUID.
    public let id: String
    /// The id of the partner that owns the subscription.
    public let partnerID: String
    /// The URL to which events are delivered.
    public let endpointURL: String
    /// The topic of the events.
    public let topic: Topic
    /// Whether events are still delivered.
    public let isActive: Bool
    /// The last four characters of the secret; empty without a secret, and for a secret of fewer than eight characters.
    public let secretLast4Digits: String
    /// The virtual time at which the subscription was created.
    public let createdAt: Timestamp
    /// The virtual time at which the subscription was last changed.
    public let updatedAt: Timestamp
    /// The row as it was received.
    public let json: JSON
}

extension Subscription: ResponseValue {
    init(_ fields: ResponseFields) throws {
        id = try fields.string("id")
        partnerID = try fields.string("partner_id")
        endpointURL = try fields.string("endpoint_url")
        topic = try fields.word("topic")
        isActive = try fields.bool("is_active")
        secretLast4Digits = try fields.string("secret_last_4_digits")
        createdAt = try fields.timestamp("created_at")
        updatedAt = try fields.timestamp("updated_at")
        json = fields.json
    }
}
