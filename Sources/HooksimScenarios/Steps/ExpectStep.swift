import NIOHTTP1
package import StrictJSON
import Webhooks

/// Waits until so many events, attempts or requests match.
package struct ExpectStep: ScenarioAction {
    package static let name = "expect"
    package static let schema = """
        description: Waits until so many events, attempts or requests match, and fails when that does not happen in time.
        oneOf:
          - {required: [count]}
          - {required: [at_least]}
          - {required: [at_most]}
        allOf:
          - if:
              properties: {of: {const: events}}
              required: [of]
            then: {properties: {where: eventFields}}
          - if:
              properties: {of: {const: attempts}}
              required: [of]
            then: {properties: {where: attemptFields}}
          - if:
              properties: {of: {const: requests}}
              required: [of]
            then: {properties: {where: requestFields}}
        object:
          of: {description: Which rows., enum: [events, attempts, requests]}
          where?: {description: Which rows of it; all when left out., type: object}
          count?: {description: Exactly so many., type: integer, minimum: 0, maximum: 2147483647}
          at_least?: {description: So many or more., type: integer, minimum: 0, maximum: 2147483647}
          at_most?: {description: So many or fewer., type: integer, minimum: 0, maximum: 2147483647}
          timeout?: {description: 'How long to wait for it, in real time, at most 10m; 5s when left out.', $ref: duration}
          timeout_ms?:
            description: The same in milliseconds, as in POST /__admin/expect; one of the two.
            type: integer
            minimum: 0
            maximum: 600000
        """

    /// The maximum timeout of `POST /__admin/expect`.
    fileprivate static let maxTimeout = TimeSpan.seconds(600)

    /// The body of `POST /__admin/expect`.
    package var body: JSONObject

    package static func parse(_ node: ScenarioNode, _ parser: inout ScenarioParser) -> Self? {
        let keys = ["of", "where", "count", "at_least", "at_most", "timeout", "timeout_ms"]
        guard let members = parser.mapping(node, name, keys) else { return nil }
        guard let of = members["of"] else {
            parser.wrong(node.position, "expect needs of; expected events, attempts or requests")
            return nil
        }
        guard let rows = parser.word(of, "of", ["events", "attempts", "requests"]) else { return nil }
        var body = JSONObject([("of", .string(rows))])
        if let node = members["where"] { body["where"] = parser.condition(node, rows).map { .object($0) } }
        if let (name, count) = parser.bound(members, node) { body[name] = .number(count) }
        if let timeout = parser.timeout(members, node) { body["timeout_ms"] = .number(timeout) }
        return Self(body: body)
    }

    package var title: String { "expect \(JSON.object(body))" }

    package func run(in runner: isolated ScenarioRunner) async throws {
        let response = try await runner.session.response(.POST, "/expect", runner.scoped(body, under: "where"))
        guard response.status != 200 else { return }
        throw StepFailure(await explain(response.json, runner.session))
    }

    /// Returns the explanation of a failed expectation: what was expected and found, the closest rows, and the attempts
    /// of the closest row's event.
    private func explain(_ response: JSON, _ session: ScenarioSession) async -> String {
        guard let count = response["count"]?.integer else {
            return response["message"]?.string ?? "the expectation was refused"
        }
        let bound =
            ["count": "exactly", "at_least": "at least", "at_most": "at most"].compactMap { name, words in
                body[name].map { "\(words) \($0)" }
            }.first ?? ""
        let rows = body["of"]?.string ?? ""
        let condition = body["where"].map { " where \($0)" } ?? ""
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

extension ScenarioParser {
    /// Returns the timeout in milliseconds. It has one of two names: that of scenarios or that of `POST
    /// /__admin/expect`.
    fileprivate mutating func timeout(_ members: ScenarioMembers, _ node: ScenarioNode) -> Int64? {
        switch (members["timeout"], members["timeout_ms"]) {
        case (nil, nil): return nil
        case (let timeout?, nil): return span(timeout, "timeout", atMost: ExpectStep.maxTimeout)?.milliseconds
        case (nil, let milliseconds?):
            return integer(milliseconds, "timeout_ms", in: 0...Int(ExpectStep.maxTimeout.milliseconds)).map(Int64.init)
        case (_?, _?):
            wrong(node.position, "expect has timeout and timeout_ms; expected one of them")
            return nil
        }
    }

    /// Returns the bound of the number of rows, of which exactly one must be given.
    fileprivate mutating func bound(_ members: ScenarioMembers, _ node: ScenarioNode) -> (name: String, count: Int)? {
        let names = ["count", "at_least", "at_most"]
        let given = names.filter { members[$0] != nil }
        guard given.count == 1, let name = given.first, let bound = members[name] else {
            wrong(
                node.position,
                "expect has \(given.isEmpty ? "no bound" : given.enumeration); expected one of \(names.joined(separator: ", "))"
            )
            return nil
        }
        return integer(bound, name, in: 0...Int(Int32.max)).map { (name, $0) }
    }

    fileprivate mutating func condition(_ node: ScenarioNode, _ rows: String) -> JSONObject? {
        guard case .mapping(let members) = node.value else {
            wrong(node.position, "where is \(node.kind); expected a mapping of fields to values")
            return nil
        }
        let known =
            switch rows {
            case "events": RowField.events
            case "attempts": RowField.attempts
            default: RowField.requests
            }
        for member in members {
            let name = member.key.text ?? ""
            if let field = known[name] {
                check(member.value, name, field)
            } else if rows == "events", name.hasPrefix(PayloadField.prefix) {
                checkPayload(member.key, member.value)
            } else {
                let names = known.keys.sorted()
                wrong(member.key.position, "these rows have no \(unknown(member.key, among: names, of: names))")
            }
        }
        return json(node).object
    }

    /// Reports a value that the simulator would refuse, so that it is reported before any step runs.
    private mutating func check(_ node: ScenarioNode, _ name: String, _ field: RowField) {
        switch field {
        case .topic: _ = topic(node)
        case .status(let statuses): _ = word(node, name, statuses.map(\.rawValue))
        // The value of a placeholder is not known yet, so it can't be checked as a UUID; in other fields it is enough
        // that it is a text.
        case .identifier where node.text?.placeholders.isEmpty == false: break
        case .identifier, .failure, .text, .client, .integer, .single:
            do { _ = try field.value(node.json) } catch { report(Problem(error), of: name, node) }
        }
    }

    private mutating func checkPayload(_ key: ScenarioNode, _ node: ScenarioNode) {
        if (try? PayloadField(key.text ?? "")) == nil {
            wrong(key.position, "\(key.name) names no member; expected one, as in payload.data.invoice_id")
        }
        check(node, key.name, .single)
    }
}
