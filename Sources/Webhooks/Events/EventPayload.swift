/// The body of a delivery: encoded once, the same bytes on every attempt (docs/api.md, Delivery).
package enum EventPayload {
    /// Encodes the body of an event's deliveries.
    ///
    /// - Parameters:
    ///   - id: the event's id, which is its `idempotency_key` too: receivers recognise a duplicate by it.
    ///   - createdAt: when the event was created, which is its `timestamp` too.
    ///   - data: the object that the event is about, as JSON.
    package static func encode(
        id: Identifier, topic: Topic, entityID: String, partnerID: Identifier, createdAt: Timestamp, data: [UInt8]
    ) -> [UInt8] {
        var writer = JSONWriter(capacity: data.count + 448)
        writer.beginObject()
        writer.name("id")
        writer.identifier(id)
        writer.name("idempotency_key")
        writer.identifier(id)
        writer.name("topic")
        writer.string(topic.rawValue)
        writer.name("entity_id")
        writer.string(entityID)
        writer.name("partner_id")
        writer.identifier(partnerID)
        writer.name("created_at")
        writer.timestamp(createdAt)
        writer.name("timestamp")
        writer.timestamp(createdAt)
        writer.name("data")
        writer.raw(data)
        writer.endObject()
        return writer.bytes
    }
}
