public import Webhooks

/// One topic, delivered to one URL.
public struct Subscription: Sendable {
    /// The subscription's id, a UUID.
    public let id: String
    /// The partner whose subscription it is.
    public let partnerID: String
    /// Where events are delivered to.
    public let endpointURL: String
    /// Which events are delivered.
    public let topic: Topic
    /// Whether events are still delivered.
    public let isActive: Bool
    /// The last four characters of the secret; empty without a secret, and for one that is shorter than eight characters.
    public let secretLast4Digits: String
    /// When it was created, in virtual time.
    public let createdAt: Timestamp
    /// When it was last changed, in virtual time.
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
