import NIOHTTP1
package import StrictJSON
import Webhooks

/// Creates events.
package struct TriggerStep: ScenarioAction {
    package static let name = "trigger"
    package static let schema = """
        description: Creates an event for every subscription that matches.
        object:
          topic: topic
          entity_id?: {description: The object that the event is about; a new one when left out., $ref: text}
          data?: {description: The `data` of the payload; a realistic one when left out., type: object}
          set?:
            description: Values to put into the data, by their paths, which lead through objects and arrays alone.
            type: object
            examples: [{customer.city: Montpelier}]
          count?: {description: How many events for each subscription., type: integer, minimum: 1, maximum: 10000, default: 1}
          save?: {description: Keeps the first event's id under this name., $ref: saveName}
        """

    /// The body of `POST /__admin/events`.
    package let body: JSONObject
    /// The name under which the ids of the events are saved; `nil` if they are not.
    let save: String?

    package static func parse(_ node: ScenarioNode, _ parser: inout ScenarioParser) -> Self? {
        let keys = ["topic", "entity_id", "data", "set", "count", "save"]
        guard let members = parser.mapping(node, name, keys) else { return nil }
        guard let topic = members["topic"] else {
            parser.wrong(node.position, "trigger needs a topic; expected one of the \(Topic.allCases.count)")
            return nil
        }
        var body = JSONObject([("topic", .string(orNull: parser.topic(topic)))])
        if let node = members["entity_id"] { body["entity_id"] = parser.text(node, "entity_id").map { .string($0) } }
        let data = members["data"].flatMap { parser.object($0, "data") }
        if let data { body["data"] = .object(data) }
        let values = members["set"].flatMap { parser.object($0, "set") }
        if let values { body["set"] = .object(values) }
        parser.check(data, values ?? JSONObject(), of: body["topic"]?.string, members)
        if let node = members["count"] {
            body["count"] = parser.integer(node, "count", in: 1...10_000).map { .number($0) }
        }
        return Self(body: body, save: parser.save(members["save"]))
    }

    package var title: String {
        "trigger \(body["topic"]?.string ?? "")\(body["count"].map { " × \($0)" } ?? "")"
    }

    package func run(in runner: isolated ScenarioRunner) async throws {
        let response = try await runner.session.control(.POST, "/events", runner.scoped(body))
        if let save { runner.values.save(save, ids: (response["data"]?.array ?? []).compactMap { $0["id"]?.string }) }
        await runner.waitUntilIdle()
    }
}

extension ScenarioParser {
    /// Reports data that the simulator would refuse, so that it is reported before any step runs.
    fileprivate mutating func check(
        _ data: JSONObject?, _ values: JSONObject, of topic: String?, _ members: ScenarioMembers
    ) {
        guard let sample = topic.flatMap({ Topic(rawValue: $0) }).flatMap({ samples[$0] }),
            data != nil || members["data"] == nil
        else { return }
        do {
            _ = try EventData(data, setting: values, sample: sample)
        } catch {
            let paths = members["set"]?.keysByText ?? [:]
            for entry in error.entries {
                let place = entry.path.map { paths[$0] } ?? members.key("data")
                // A path is the key of its value, so its problem is reported as that of a key.
                if let place { report(entry.problem, ofKey: entry.field, place) }
            }
        }
    }
}
