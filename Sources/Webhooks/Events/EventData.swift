/// What the events of one trigger are about: the object that was given, or else the topic's sample, with values put into it by path.
///
/// All that is the same in each event is done once, when this is made; an event then takes as long as its bytes.
package struct EventData: Sendable {
    private let template: SampleTemplate
    /// Whether each event is about an object of its own.
    private let isSample: Bool
    /// What the data calls its object; `nil` where an id is made for it.
    private let name: String?

    package static let entityIDLengths = 1...255

    /// - Parameters:
    ///   - data: `nil` is a fresh sample for each event.
    ///   - values: what to put into it, by path, in this order.
    /// - Throws: ``EventDataProblems``.
    package init(_ data: JSONObject?, setting values: JSONObject, sample: EventSample) throws(EventDataProblems) {
        isSample = data == nil
        guard data != nil || !values.members.isEmpty else {
            (template, name) = (sample.template, nil)
            return
        }
        var problems: [EventDataProblems.Entry] = []
        if let data, data.depth >= JSON.maxBodyDepth {
            let reason = "nests too deep in the event's payload, which nests at most \(JSON.maxBodyDepth) levels"
            problems.append(.init(path: nil, problem: .invalid(reason, expected: "a flatter object")))
        }
        let tree = ValueTree(.object(data ?? sample.object), isSample: isSample)
        for (path, value) in values.members {
            do {
                try tree.set(value, at: try ValuePath(path))
            } catch {
                problems.append(.init(path: path, problem: error))
            }
        }
        guard problems.isEmpty else { throw EventDataProblems(entries: problems) }
        template = SampleTemplate(tree, id: isSample ? sample.id : nil)
        name = Self.name(in: tree, topic: sample.topic)
    }

    /// The object of one event, and its id.
    /// - Parameters:
    ///   - entityID: the id that was given; `nil` is the one that the data has.
    ///   - freshID: makes the id of an object that has none.
    package func make(entityID: String?, at now: Timestamp, freshID: () -> String) -> (entityID: String, data: [UInt8])
    {
        guard isSample else { return (entityID ?? name ?? freshID(), template.encode(entityID: "", at: now)) }
        let id = entityID ?? freshID()
        return (entityID ?? name ?? id, template.encode(entityID: id, at: now))
    }

    private static func name(in tree: ValueTree, topic: Topic) -> String? {
        for member in [topic.entityField, "id"] {
            guard case .value(.string(let text), let isSample)? = tree[member]?.content else { continue }
            return !isSample && entityIDLengths.contains(text.unicodeScalars.count) ? text : nil
        }
        return nil
    }
}

/// The sample of a topic, as it was written and as a template.
package struct EventSample: Sendable {
    package let topic: Topic
    package let object: JSONObject
    let template: SampleTemplate
    /// The id of its object, which each event replaces by one of its own.
    var id: String? { object[topic.entityField]?.string }

    package init(_ object: JSONObject, topic: Topic) {
        self.topic = topic
        self.object = object
        template = SampleTemplate(object, topic: topic)
    }

    /// The object of one event, as JSON.
    package func encode(entityID: String, at now: Timestamp) -> [UInt8] { template.encode(entityID: entityID, at: now) }
}

/// What is wrong with the data of a trigger, all of it at once.
package struct EventDataProblems: Error {
    package struct Entry: Sendable {
        /// The path in `set` that can't be followed; `nil` concerns `data`.
        package let path: String?
        package let problem: Problem

        /// The field of `POST /__admin/events` that is wrong.
        package var field: String { path.map { "set.\(ValuePath.shown($0))" } ?? "data" }
    }

    package let entries: [Entry]
}
