import HooksimClient
import NIOHTTP1
import Webhooks

extension ScenarioRunner {
    /// Makes a call and compares its answer; returns the values that are to be kept.
    /// - Throws: ``StepFailure`` with all that differs.
    nonisolated func check(_ call: ScenarioCall, _ known: ScenarioValues) async throws -> [String: String] {
        let path = known.filling(call.path)
        let answer = try await session.call(
            HTTPMethod(rawValue: call.method), path, body: call.body.map { known.filling($0) },
            headers: call.headers.mapValues { known.filling($0) }, isAuthorized: call.isAuthorized)
        var differences: [String] = []
        if let status = call.status, answer.status != status {
            differences.append("status is \(answer.status), expected \(status)")
        }
        for (name, expected) in call.expectedHeaders.sorted(by: { $0.key < $1.key }) {
            let found = answer.headers.first(name: name)
            if found != known.filling(expected) {
                differences.append("header \(name) is \(found ?? "missing"), expected \(expected)")
            }
        }
        if let expected = call.json, let mismatch = answer.json.mismatch(with: known.filling(expected)) {
            differences.append(mismatch)
        }
        var values: [String: String] = [:]
        for save in call.save {
            switch answer.json.value(at: save.path) {
            case .string(let text)?: values[save.name] = text
            case nil: differences.append("\(save.path) is missing, so \(save.name) can't be saved")
            case let value?: values[save.name] = value.description
            }
        }
        guard differences.isEmpty else {
            let body = String(decoding: answer.body.prefix(600), as: UTF8.self)
            throw StepFailure(
                "\(call.method) \(path): \(differences.joined(separator: "; "))\nthe answer was \(answer.status) \(body)"
            )
        }
        return values
    }

    /// A failed expectation as a good test failure reads: what was expected, what was there, what came closest, and its story.
    nonisolated func explain(_ expected: JSONObject, _ answer: JSON) async -> String {
        guard let count = answer["count"]?.integer else {
            return answer["message"]?.string ?? "the expectation was refused"
        }
        let bound =
            ["count": "exactly", "at_least": "at least", "at_most": "at most"].compactMap { name, words in
                expected[name].map { "\(words) \($0)" }
            }.first ?? ""
        let journal = expected["of"]?.string ?? ""
        let condition = expected["where"].map { " where \($0)" } ?? ""
        var lines = ["expected \(bound) \(journal)\(condition)", "found \(count)"]
        let closest = answer["closest"]?.array ?? []
        if !closest.isEmpty { lines.append("closest:") }
        for row in closest { lines.append("  " + Self.summary(row, of: journal)) }
        if let id = closest.first?[journal == "attempts" ? "event_id" : "id"]?.string, journal != "requests",
            let event = try? await session.control(.GET, "/events/\(id)")
        {
            lines.append("the story of event \(id), which is \(event["status"]?.string ?? "?"):")
            for attempt in event["attempts"]?.array ?? [] {
                lines.append("  " + Self.summary(attempt, of: "attempts"))
                // The receiver's own words often say why.
                let words = attempt["answer"]?["body"]?.string ?? ""
                if !words.isEmpty { lines.append("    answered: \(words.prefix(200))") }
            }
            if let next = event["next_attempt_at"]?.string { lines.append("  \(next)  next attempt is due") }
        }
        return lines.joined(separator: "\n")
    }

    private static func summary(_ row: JSON, of journal: String) -> String {
        let names =
            switch journal {
            case "events":
                ["created_at", "id", "topic", "entity_id", "status", "attempts", "last_status_code", "last_error"]
            case "attempts": ["at", "event_id", "topic", "attempt", "outcome", "status_code", "error", "fault"]
            default: ["at", "method", "path", "query", "status", "client", "fault"]
            }
        return names.compactMap { name in
            guard let value = row[name], !value.isNull, value != "" else { return nil }
            if name == names[0] { return value.string ?? "" }
            return "\(name)=\(value.string ?? value.description)"
        }.joined(separator: "  ")
    }
}

extension ScenarioAction {
    /// The step in a line, for whoever watches.
    var title: String {
        switch self {
        case .subscribe(let topics, let receiver, _, _, _): "subscribe \(topics.joined(separator: ", ")) to \(receiver)"
        case .unsubscribe(let topic, let receiver, let id):
            "unsubscribe \([topic, receiver, id].compactMap { $0 }.joined(separator: " "))"
        case .trigger(let body, _):
            "trigger \(body["topic"]?.string ?? "")\(body["count"].map { " × \($0)" } ?? "")"
        case .advance(let body): "advance \(body.members.first?.value.string ?? "")"
        case .wait(let span): "wait \(span) of real time"
        case .expect(let body): "expect \(JSON.object(body))"
        case .call(let call): "call \(call.method) \(call.path)"
        case .fault(let rule): "fault \(rule["preset"]?.string ?? rule["effect"]?.description ?? "")"
        case .clearFaults: "clear faults"
        case .retry: "retry"
        case .settings(let patch): "settings \(JSON.object(patch))"
        case .restart(let isKill): "restart \(isKill ? "kill" : "graceful")"
        case .repeated(let times, _): "repeat \(times) times"
        case .parallel(let steps): "parallel \(steps.count) steps"
        }
    }
}
