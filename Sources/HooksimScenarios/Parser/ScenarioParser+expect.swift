import StrictJSON
import Webhooks

extension ScenarioParser {
    /// The maximum timeout of `POST /__admin/expect`.
    private static let maxTimeout = TimeSpan.seconds(600)

    mutating func expect(_ node: ScenarioNode) -> ScenarioAction? {
        let keys = ["of", "where", "count", "at_least", "at_most", "timeout", "timeout_ms"]
        guard let members = mapping(node, "expect", keys) else { return nil }
        guard let of = members["of"] else {
            wrong(node.position, "expect needs of; expected events, attempts or requests")
            return nil
        }
        guard let rows = word(of, "of", ["events", "attempts", "requests"]) else { return nil }
        var body = JSONObject([("of", .string(rows))])
        if let node = members["where"] { body["where"] = condition(node, rows).map { .object($0) } }
        if let (name, count) = bound(members, node) { body[name] = .number(count) }
        if let timeout = timeout(members, node) { body["timeout_ms"] = .number(timeout) }
        return .expect(body)
    }

    /// Returns the timeout in milliseconds. It has one of two names: that of scenarios or that of `POST
    /// /__admin/expect`.
    private mutating func timeout(_ members: ScenarioMembers, _ node: ScenarioNode) -> Int64? {
        switch (members["timeout"], members["timeout_ms"]) {
        case (nil, nil): return nil
        case (let timeout?, nil): return span(timeout, "timeout", atMost: Self.maxTimeout)?.milliseconds
        case (nil, let milliseconds?):
            return integer(milliseconds, "timeout_ms", in: 0...Int(Self.maxTimeout.milliseconds)).map(Int64.init)
        case (_?, _?):
            wrong(node.position, "expect has timeout and timeout_ms; expected one of them")
            return nil
        }
    }

    /// Returns the bound of the number of rows, of which exactly one must be given.
    private mutating func bound(_ members: ScenarioMembers, _ node: ScenarioNode) -> (name: String, count: Int)? {
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

    private mutating func condition(_ node: ScenarioNode, _ rows: String) -> JSONObject? {
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
