import HooksimScenarios
import HooksimServer
import StrictJSON
import Webhooks

/// Checks a body of `POST /__admin/events` with `data` and `set`. It is refused with problems, or its payload can be
/// parsed, shown, listed and expected, and its recording is a scenario that triggers the same event.
func fuzzTrigger(_ bytes: [UInt8]) throws {
    guard let body = (try? JSON(parsing: bytes, maxDepth: JSON.maxBodyDepth))?.object else { return }
    let topics = Topic.allCases
    let topic = body["topic"]?.string.flatMap { Topic(rawValue: $0) } ?? topics[bytes.count % topics.count]
    let values = body["set"]?.object ?? JSONObject()
    let data: EventData
    do {
        data = try EventData(body["data"]?.object, setting: values, sample: Samples[topic])
    } catch {
        check(!error.entries.isEmpty, "it is refused for nothing")
        for entry in error.entries {
            check(entry.field.count < 70 && !entry.problem.description.isEmpty, "\(entry)")
            check(entry.path.map { values[$0] != nil } ?? (body["data"] != nil), "\(entry) is about nothing")
        }
        return
    }
    let now = SampleData.referenceInstant
    let given = body["entity_id"]?.string.flatMap {
        EventData.entityIDLengths.contains($0.unicodeScalars.count) ? $0 : nil
    }
    let created = data.make(entityID: given, at: now) { "fresh" }
    check(
        EventData.entityIDLengths.contains(created.entityID.unicodeScalars.count), "its object is \(created.entityID)")
    let id = Identifier(bytes: [UInt8](repeating: 7, count: 16)[...])!
    let payload = EventPayload.encode(
        id: id, topic: topic, entityID: created.entityID, partnerID: id, createdAt: now, data: created.data)
    let read = try JSON(parsing: payload, maxDepth: JSON.maxBodyDepth)
    check(read["data"]?.encoded == created.data, "\(read) has other data")
    check(try JSON(parsing: read.indented.utf8) == read, "\(read) is shown as another value")
    // Both a page and the closest rows of an expectation contain the payload at this depth.
    let page: JSON = ["data": [["id": "x", "payload": read]]]
    check(try JSON(parsing: page.encoded) == page, "\(page) can't be listed")
    try checkRecording(of: body, topic, created, at: now)
}

/// Checks that the recording of a trigger is parsed as a scenario, from a file and from a request, and that it creates
/// the same object.
private func checkRecording(
    of body: JSONObject, _ topic: Topic, _ created: (entityID: String, data: [UInt8]), at now: Timestamp
) throws {
    var sent = JSONObject([("topic", .string(topic.rawValue)), ("entity_id", .string(created.entityID))])
    for name in ["data", "set"] where body[name]?.object != nil { sent[name] = body[name] }
    var request = RecordedRequest(.triggerEvent, method: "POST", path: "/__admin/events")
    (request.body, request.status, request.created) = (.object(sent), 201, ["x"])
    let stored = try JSON(parsing: RecordedAction(at: now, .request(request)).json.encoded)
    guard let action = RecordedAction(at: now, stored: stored) else { return check(false, "\(stored) is no action") }
    let start = RecordedAction(at: now, .start(seed: 1, settings: JSONObject(), after: nil))
    let recording = Recording(actions: [start, action], attempts: [], events: [], end: now, isCut: false).scenario
    // Larger recordings can exceed the limits on a file's size, which this harness does not test.
    guard recording.utf8.count < 200_000 else { return }
    let scenario: Scenario
    do {
        scenario = try ScenarioFile.parse(recording, from: .request)
    } catch {
        return check(false, "\(error)\n\(recording)")
    }
    let bodies = scenario.steps.compactMap { step in
        (step.action as? TriggerStep).map { ScenarioValues().filling(.object($0.body)) }
    }
    check(bodies == [.object(sent)], "\(sent) is recorded as \(bodies)\n\(recording)")
}
