import StrictJSON

/// The body of a delivery, which is encoded once, so that every attempt sends the same bytes (docs/api.md, Delivery).
package enum EventPayload {
    /// Returns the body of an event's deliveries.
    ///
    /// - Parameters:
    ///   - id: the event's id, which is also its `idempotency_key`: receivers recognise a duplicate by it.
    ///   - topic: the event's topic.
    ///   - entityID: the id of the object that the event is about.
    ///   - partnerID: the id of the partner that owns the event.
    ///   - createdAt: the instant at which the event was created, which is also its `timestamp`.
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
