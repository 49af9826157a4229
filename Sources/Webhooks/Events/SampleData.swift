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
            return (day + .milliseconds(wholeDays * length)).day
        }
    }
}

/// An object that is encoded already, with gaps where each event has something of its own.
///
/// Most events are triggered without data, and this makes theirs without a tree of values for each. What it writes of a sample is what
/// ``SampleData/refresh(_:topic:entityID:at:)`` makes.
package struct SampleTemplate: Sendable {
    private enum Part: Sendable {
        case fixed([UInt8])
        case gap(SampleText)
    }

    private var parts: [Part] = []
    /// What comes after the last part.
    private var end: [UInt8] = []

    package init(_ sample: JSONObject, topic: Topic) {
        append(.object(sample), replacing: sample[topic.entityField]?.string)
    }

    /// - Parameter id: the id of the sample's object, in what is of a sample.
    init(_ tree: ValueTree, id: String?) { append(tree, replacing: id) }

    /// The object of one event, as JSON.
    package func encode(entityID: String, at now: Timestamp) -> [UInt8] {
        // Nothing is copied where nothing differs.
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
