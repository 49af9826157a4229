/// The body of a delivery: encoded once, the same bytes on every attempt.
package enum EventPayload {
    /// - Parameter data: the object that the event is about, as JSON.
    package static func encode(
        id: Identifier, topic: Topic, entityID: String, partnerID: Identifier, createdAt: Timestamp, data: [UInt8]
    ) -> [UInt8] {
        var writer = JSONWriter(capacity: data.count + 320)
        writer.beginObject()
        writer.name("id")
        writer.identifier(id)
        writer.name("topic")
        writer.string(topic.rawValue)
        writer.name("entity_id")
        writer.string(entityID)
        writer.name("partner_id")
        writer.identifier(partnerID)
        writer.name("created_at")
        writer.timestamp(createdAt)
        writer.name("data")
        writer.raw(data)
        writer.endObject()
        return writer.bytes
    }
}
