package import StrictJSON

/// Derives the object of one event from a topic's realistic sample.
///
/// The samples describe one moment, ``referenceInstant``. The object of an event has an id of its own, and its times
/// are shifted by the duration between that moment and the event, so that a due date is as many days ahead.
package enum SampleData {
    /// The moment that the samples describe, 2025-01-15T12:00:00Z.
    package static let referenceInstant = Timestamp(milliseconds: 1_736_942_400_000)  // 2025-01-15T12:00:00Z

    /// Returns the object of one event.
    ///
    /// - Parameters:
    ///   - sample: the topic's sample as it was written.
    ///   - topic: the topic.
    ///   - entityID: the id that replaces the sample's own id wherever the sample contains it.
    ///   - now: the instant at which the event is created.
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

/// A text of a sample, by the way in which it is changed for an event.
private enum SampleText {
    case fixed
    /// The text is the id of the object that the event is about.
    case entityID
    /// The text is a date, which is shifted by whole days.
    case day(Timestamp)
    /// The text is an instant, which is shifted exactly.
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

    /// Returns the text for an event that is created at `now`, or `nil` if the text is fixed.
    func fresh(entityID: String, at now: Timestamp) -> String? {
        let shift = now - SampleData.referenceInstant
        switch self {
        case .fixed: return nil
        case .entityID: return entityID
        case .instant(let instant): return (instant + shift).description
        case .day(let day):
            let length: Int64 = 86_400_000
            let wholeDays = (shift.milliseconds >= 0 ? shift.milliseconds : shift.milliseconds - length + 1) / length
            return (day + .milliseconds(wholeDays * length)).day
        }
    }
}

/// An object that is already encoded as JSON, with gaps for the values that differ between events.
///
/// Most events are triggered without data, and with a template their encoding needs no tree of values. For a sample the
/// template encodes the same object that ``SampleData/refresh(_:topic:entityID:at:)`` returns.
package struct SampleTemplate: Sendable {
    private enum Part: Sendable {
        case fixed([UInt8])
        case gap(SampleText)
    }

    private var parts: [Part] = []
    /// The bytes after the last part.
    private var end: [UInt8] = []

    /// Creates the template of a topic's sample.
    package init(_ sample: JSONObject, topic: Topic) {
        append(.object(sample), replacing: sample[topic.entityField]?.string)
    }

    /// Creates the template of a tree.
    ///
    /// - Parameter id: the id of the sample's object; only the values that come from the sample are changed for an
    ///   event.
    init(_ tree: ValueTree, id: String?) { append(tree, replacing: id) }

    /// Returns the object of one event, as JSON.
    package func encode(entityID: String, at now: Timestamp) -> [UInt8] {
        // Without a gap all events share the same bytes.
        guard !parts.isEmpty else { return end }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(1024 + end.count)
        for part in parts {
            switch part {
            case .fixed(let text): bytes += text
            case .gap(let text): bytes += JSON.string(text.fresh(entityID: entityID, at: now) ?? "").encoded
            }
        }
        bytes += end
        return bytes
    }

    private mutating func append(_ tree: ValueTree, replacing entityID: String?) {
        switch tree.content {
        case .value(let value, isSample: true): append(value, replacing: entityID)
        case .value(let value, isSample: false): end += value.encoded
        case .array(let elements): appendList(elements, in: "[]") { $0.append($1, replacing: entityID) }
        case .object(let members):
            appendList(members, in: "{}") { template, member in
                template.end += JSON.string(member.name).encoded + [UInt8(ascii: ":")]
                template.append(member.value, replacing: entityID)
            }
        }
    }

    private mutating func append(_ value: JSON, replacing entityID: String?) {
        switch value {
        case .string(let text):
            switch SampleText(text, entityID: entityID) {
            case .fixed: end += value.encoded
            case let gap:
                parts += [.fixed(end), .gap(gap)]
                end = []
            }
        case .array(let elements): appendList(elements, in: "[]") { $0.append($1, replacing: entityID) }
        case .object(let object):
            appendList(object.members, in: "{}") { template, member in
                template.end += JSON.string(member.name).encoded + [UInt8(ascii: ":")]
                template.append(member.value, replacing: entityID)
            }
        case .null, .bool, .number: end += value.encoded
        }
    }

    private mutating func appendList<Element>(
        _ elements: [Element], in brackets: StaticString, _ append: (inout Self, Element) -> Void
    ) {
        let brackets = Array("\(brackets)".utf8)
        end.append(brackets[0])
        for (index, element) in elements.enumerated() {
            if index > 0 { end.append(UInt8(ascii: ",")) }
            append(&self, element)
        }
        end.append(brackets[1])
    }
}
