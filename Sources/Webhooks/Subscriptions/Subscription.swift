/// One partner's wish to have the events of one topic sent to one URL.
package struct Subscription: Sendable {
    package let id: Identifier
    package let partnerID: Identifier
    package let endpointURL: String
    package let topic: Topic
    package let isActive: Bool
    package let secretKey: String?
    package let createdAt: Timestamp
    package let updatedAt: Timestamp

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

    /// `secret_last_4_digits`: `""` without a secret, and for one so short that four characters would give it away.
    package var secretLast4: String {
        guard let secretKey, secretKey.utf8.count >= Assumptions.shortestSecretShown else { return "" }
        return String(secretKey.suffix(4))
    }

    /// Writes the documented fields, in their documented order; never the secret.
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
