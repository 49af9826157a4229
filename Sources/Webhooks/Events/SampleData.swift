/// A realistic object of a topic, made fresh for one event.
///
/// The samples describe one moment, ``referenceInstant``; a fresh object has an id of its own, and its times are moved by as much as
/// the event is later than that moment, so that a due date stays as many days ahead.
package enum SampleData {
    package static let referenceInstant = Timestamp(milliseconds: 1_736_942_400_000)  // 2025-01-15T12:00:00Z

    /// - Parameters:
    ///   - sample: the topic's sample as it was written.
    ///   - entityID: takes the place of the sample's own id wherever the sample has it.
    package static func refresh(_ sample: JSONObject, topic: Topic, entityID: String, at now: Timestamp) -> JSONObject {
        let oldID = sample[topic.entityField]?.string
        let shift = now - referenceInstant
        return JSONObject(
            sample.members.map { ($0.name, refresh($0.value, replacing: oldID, by: entityID, shift: shift)) })
    }

    private static func refresh(_ value: JSON, replacing oldID: String?, by entityID: String, shift: TimeSpan) -> JSON {
        switch value {
        case .string(let text):
            if text == oldID { return .string(entityID) }
            return .string(moved(text, by: shift) ?? text)
        case .array(let elements):
            return .array(elements.map { refresh($0, replacing: oldID, by: entityID, shift: shift) })
        case .object(let object):
            return .object(
                JSONObject(
                    object.members.map { ($0.name, refresh($0.value, replacing: oldID, by: entityID, shift: shift)) }))
        case .null, .bool, .number:
            return value
        }
    }

    /// A date is moved by whole days, an instant exactly; `nil` for any other text.
    private static func moved(_ text: String, by shift: TimeSpan) -> String? {
        let length = text.utf8.count
        guard length == 10 || length == 24, let instant = try? Timestamp(iso8601: text) else { return nil }
        guard length == 10 else { return (instant + shift).description }
        let day: Int64 = 86_400_000
        let wholeDays = (shift.milliseconds >= 0 ? shift.milliseconds : shift.milliseconds - day + 1) / day
        return String((instant + .milliseconds(wholeDays * day)).description.prefix(10))
    }
}
