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
        return JSONObject(
            sample.members.map { ($0.name, refresh($0.value, replacing: oldID, by: entityID, at: now)) })
    }

    private static func refresh(_ value: JSON, replacing oldID: String?, by entityID: String, at now: Timestamp) -> JSON
    {
        switch value {
        case .string(let text): .string(SampleText(text, entityID: oldID).fresh(entityID: entityID, at: now) ?? text)
        case .array(let elements): .array(elements.map { refresh($0, replacing: oldID, by: entityID, at: now) })
        case .object(let object):
            .object(
                JSONObject(
                    object.members.map { ($0.name, refresh($0.value, replacing: oldID, by: entityID, at: now)) }))
        case .null, .bool, .number: value
        }
    }
}

/// A sample's text, by what becomes of it in an event.
private enum SampleText {
    case fixed
    /// The id of the object that the event is about.
    case entityID
    /// Moved by whole days.
    case day(Timestamp)
    /// Moved exactly.
    case instant(Timestamp)

    init(_ text: String, entityID: String?) {
        let length = text.utf8.count
        if text == entityID {
            self = .entityID
        } else if length == 10 || length == 24, let instant = try? Timestamp(iso8601: text) {
            self = length == 10 ? .day(instant) : .instant(instant)
        } else {
            self = .fixed
        }
    }

    /// What the text is in an event of `now`; `nil` when it stays as it is.
    func fresh(entityID: String, at now: Timestamp) -> String? {
        let shift = now - SampleData.referenceInstant
        switch self {
        case .fixed: return nil
        case .entityID: return entityID
        case .instant(let instant): return (instant + shift).description
        case .day(let day):
            let length: Int64 = 86_400_000
            let wholeDays = (shift.milliseconds >= 0 ? shift.milliseconds : shift.milliseconds - length + 1) / length
            return String((day + .milliseconds(wholeDays * length)).description.prefix(10))
        }
    }
}

/// A sample that is encoded already, with gaps where each event has something of its own.
///
/// Most events are triggered without data, and this makes theirs without a tree of values for each. What it writes is what
/// ``SampleData/refresh(_:topic:entityID:at:)`` makes.
package struct SampleTemplate: Sendable {
    private enum Part: Sendable {
        case fixed([UInt8])
        case gap(SampleText)
    }

    private var parts: [Part] = []

    package init(_ sample: JSONObject, topic: Topic) {
        append(.object(sample), replacing: sample[topic.entityField]?.string)
    }

    /// The object of one event, as JSON.
    package func encode(entityID: String, at now: Timestamp) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(1024)
        for part in parts {
            switch part {
            case .fixed(let text): bytes += text
            case .gap(let text): bytes += JSON.string(text.fresh(entityID: entityID, at: now) ?? "").encoded
            }
        }
        return bytes
    }

    private mutating func append(_ value: JSON, replacing entityID: String?) {
        switch value {
        case .string(let text):
            switch SampleText(text, entityID: entityID) {
            case .fixed: append(value.encoded)
            case let gap: parts.append(.gap(gap))
            }
        case .array(let elements):
            append([UInt8(ascii: "[")])
            for (index, element) in elements.enumerated() {
                if index > 0 { append([UInt8(ascii: ",")]) }
                append(element, replacing: entityID)
            }
            append([UInt8(ascii: "]")])
        case .object(let object):
            append([UInt8(ascii: "{")])
            for (index, member) in object.members.enumerated() {
                if index > 0 { append([UInt8(ascii: ",")]) }
                append(JSON.string(member.name).encoded + [UInt8(ascii: ":")])
                append(member.value, replacing: entityID)
            }
            append([UInt8(ascii: "}")])
        case .null, .bool, .number: append(value.encoded)
        }
    }

    private mutating func append(_ text: [UInt8]) {
        if case .fixed(let before)? = parts.last {
            parts[parts.count - 1] = .fixed(before + text)
        } else {
            parts.append(.fixed(text))
        }
    }
}
