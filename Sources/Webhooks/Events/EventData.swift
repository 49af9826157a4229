package import StrictJSON

/// The data of the events of one trigger: the given object, or else the topic's sample, with values set in it by path.
///
/// The initializer does all work that is the same for each event, so that the cost of an event is that of its bytes.
package struct EventData: Sendable {
    private let template: SampleTemplate
    /// Whether each event has an object of its own.
    private let isSample: Bool
    /// The object's id in the data; `nil` if an id is generated for it.
    private let name: String?

    /// The valid lengths of an entity id, in Unicode scalars.
    package static let entityIDLengths = 1...255

    /// Creates the data of a trigger.
    ///
    /// - Parameters:
    ///   - data: the object; `nil` stands for a fresh sample for each event.
    ///   - values: the values to set in it, by path, in this order.
    ///   - sample: the sample of the topic.
    /// - Throws: ``EventDataProblems`` if a path can't be followed or the data nests too deep.
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
                problems.append(.init(path: path, problem: Problem(error)))
            }
        }
        guard problems.isEmpty else { throw EventDataProblems(entries: problems) }
        template = SampleTemplate(tree, id: isSample ? sample.id : nil)
        name = Self.name(in: tree, topic: sample.topic)
    }

    /// Returns the object of one event, and its id.
    ///
    /// - Parameters:
    ///   - entityID: the given id; `nil` stands for the id in the data.
    ///   - now: the instant at which the event is created.
    ///   - freshID: generates the id of an object that has none.
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

/// The sample of a topic, as an object and as a template.
package struct EventSample: Sendable {
    /// The topic of the sample.
    package let topic: Topic
    /// The sample as it was written.
    package let object: JSONObject
    let template: SampleTemplate
    /// The id of the sample's object, which each event replaces by its own.
    var id: String? { object[topic.entityField]?.string }

    /// Creates the sample of a topic from an object.
    package init(_ object: JSONObject, topic: Topic) {
        self.topic = topic
        self.object = object
        template = SampleTemplate(object, topic: topic)
    }

    /// Returns the object of one event, as JSON.
    package func encode(entityID: String, at now: Timestamp) -> [UInt8] { template.encode(entityID: entityID, at: now) }
}

/// All problems of the data of a trigger.
package struct EventDataProblems: Error {
    /// One problem, and the path that has it.
    package struct Entry: Sendable {
        /// The path in `set` that can't be followed; `nil` if the problem is in `data`.
        package let path: String?
        /// The problem.
        package let problem: Problem

        /// The field of `POST /__admin/events` that has the problem.
        package var field: String { path.map { "set.\(ValuePath.shown($0))" } ?? "data" }
    }

    /// The problems, of which there is at least one.
    package let entries: [Entry]
}
