import StrictJSON
import Webhooks

/// A request to create one or more events of a topic.
struct Trigger: Sendable {
    let topic: Topic
    let entityID: String?
    let data: EventData
    let count: Int

    static let counts = 1...10_000
}

extension Trigger {
    /// Reads the request's body; returns `nil` if `fields` has failures.
    init?(_ fields: inout ControlFields) {
        let topic = fields.string("topic", isRequired: true).flatMap { text in
            fields.failure.collect("topic", .unacceptable) { try Topic(checking: text) }
        }
        entityID = fields.string("entity_id")
        let data = fields.object("data")
        let values = fields.object("set") ?? JSONObject()
        count = fields.integer("count", in: Self.counts) ?? 1
        let lengths = EventData.entityIDLengths
        if let entityID, !lengths.contains(entityID.unicodeScalars.count) {
            fields.failure.add(
                "entity_id", .unexpected(expected: "\(lengths.lowerBound) to \(lengths.upperBound) characters long"),
                .unacceptable)
        }
        guard let topic else { return nil }
        self.topic = topic
        do {
            self.data = try EventData(data, setting: values, sample: Samples[topic])
        } catch {
            for entry in error.entries { fields.failure.add(entry.field, entry.problem, .unacceptable) }
            return nil
        }
    }
}
