import HooksimClient
import NIOHTTP1
import StrictJSON

extension ScenarioRunner {
    /// Sends a request, compares its response, and returns the values to save.
    ///
    /// - Throws: ``StepFailure`` with all differences.
    nonisolated func check(_ request: RequestStep, _ known: ScenarioValues) async throws -> [String: String] {
        let path = known.filling(request.path)
        let response = try await session.request(
            HTTPMethod(rawValue: request.method), path, body: request.body.map { known.filling($0) },
            headers: request.headers.mapValues { known.filling($0) }, isAuthorized: request.isAuthorized)
        var differences: [String] = []
        if let status = request.status, response.status != status {
            differences.append("status is \(response.status), expected \(status)")
        }
        for (name, expected) in request.expectedHeaders.sorted(by: { $0.key < $1.key }) {
            let found = response.headers.first(name: name)
            if found != known.filling(expected) {
                differences.append("header \(name) is \(found ?? "missing"), expected \(expected)")
            }
        }
        if let expected = request.json, let mismatch = response.json.mismatch(with: known.filling(expected)) {
            differences.append(mismatch)
        }
        var values: [String: String] = [:]
        for save in request.save {
            switch response.json.value(at: save.path) {
            case .string(let text)?: values[save.name] = text
            case nil: differences.append("\(save.path) is missing, so \(save.name) can't be saved")
            case let value?: values[save.name] = value.description
            }
        }
        guard differences.isEmpty else {
            let body = String(decoding: response.body.prefix(600), as: UTF8.self)
            throw StepFailure(
                "\(request.method) \(path): \(differences.joined(separator: "; "))\nthe response was \(response.status) \(body)"
            )
        }
        return values
    }

    /// Returns the explanation of a failed expectation: what was expected and found, the closest rows, and the attempts
    /// of the closest row's event.
    nonisolated func explain(_ expected: JSONObject, _ response: JSON) async -> String {
        guard let count = response["count"]?.integer else {
            return response["message"]?.string ?? "the expectation was refused"
        }
        let bound =
            ["count": "exactly", "at_least": "at least", "at_most": "at most"].compactMap { name, words in
                expected[name].map { "\(words) \($0)" }
            }.first ?? ""
        let rows = expected["of"]?.string ?? ""
        let condition = expected["where"].map { " where \($0)" } ?? ""
        var lines = ["expected \(bound) \(rows)\(condition)", "found \(count)"]
        let closest = response["closest"]?.array ?? []
        if !closest.isEmpty { lines.append("closest:") }
        for row in closest { lines.append("  " + Self.summary(row, of: rows)) }
        if let id = closest.first?[rows == "attempts" ? "event_id" : "id"]?.string, rows != "requests",
            let event = try? await session.control(.GET, "/events/\(id)")
        {
            lines.append("the story of event \(id), which is \(event["status"]?.string ?? "?"):")
            for attempt in event["attempts"]?.array ?? [] {
                lines.append("  " + Self.summary(attempt, of: "attempts"))
                // The body of the receiver's response often gives the reason.
                let words = attempt["response"]?["body"]?.string ?? ""
                if !words.isEmpty { lines.append("    response: \(words.prefix(200))") }
            }
            if let next = event["next_attempt_at"]?.string { lines.append("  \(next)  next attempt is due") }
        }
        return lines.joined(separator: "\n")
    }

    private static func summary(_ row: JSON, of rows: String) -> String {
        let names =
            switch rows {
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
    /// The step as one line of text.
    var title: String {
        switch self {
        case .subscribe(let topics, let receiver, _, _, _): "subscribe \(topics.joined(separator: ", ")) to \(receiver)"
        case .unsubscribe(let topic, let receiver, let id):
            "unsubscribe \([topic, receiver, id].compactMap { $0 }.joined(separator: " "))"
        case .trigger(let body, _):
            "trigger \(body["topic"]?.string ?? "")\(body["count"].map { " × \($0)" } ?? "")"
        case .advance(let body): "advance \(body.members.first?.value.string ?? "")"
        case .waitReal(let span): "wait_real \(span)"
        case .expect(let body): "expect \(JSON.object(body))"
        case .request(let request): "request \(request.method) \(request.path)"
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
