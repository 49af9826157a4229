package import StrictJSON

/// A partner's subscription to the events of one topic, which are delivered to one URL.
package struct Subscription: Sendable {
    /// The subscription's id.
    package let id: Identifier
    /// The id of the partner that owns the subscription.
    package let partnerID: Identifier
    /// The URL to which events are delivered.
    package let endpointURL: String
    /// The topic of the events.
    package let topic: Topic
    /// Whether events are still delivered.
    package let isActive: Bool
    /// The secret that deliveries have as their bearer token; `nil` for none.
    package let secretKey: String?
    /// The instant at which the subscription was created.
    package let createdAt: Timestamp
    /// The instant at which the subscription was last changed.
    package let updatedAt: Timestamp

    /// Creates a subscription.
    package init(
        id: Identifier, partnerID: Identifier, endpointURL: String, topic: Topic, isActive: Bool, secretKey: String?,
        createdAt: Timestamp, updatedAt: Timestamp
    ) {
        self.id = id
        self.partnerID = partnerID
        self.endpointURL = endpointURL
        self.topic = topic
        self.isActive = isActive
        self.secretKey = secretKey
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }

    /// The value of `secret_last_4_digits`, which is empty without a secret, and for a secret so short that four
    /// characters would reveal it.
    package var secretLast4: String {
        guard let secretKey, secretKey.utf8.count >= Assumptions.shortestSecretShown else { return "" }
        return String(secretKey.suffix(4))
    }

    /// Writes the documented fields in their documented order, without the secret.
    package func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.name("id")
        writer.identifier(id)
        writer.name("partner_id")
        writer.identifier(partnerID)
        writer.name("endpoint_url")
        writer.string(endpointURL)
        writer.name("topic")
        writer.string(topic.rawValue)
        writer.name("is_active")
        writer.bool(isActive)
        writer.name("secret_last_4_digits")
        writer.string(secretLast4)
        writer.name("created_at")
        writer.timestamp(createdAt)
        writer.name("updated_at")
        writer.timestamp(updatedAt)
        writer.endObject()
    }
}
