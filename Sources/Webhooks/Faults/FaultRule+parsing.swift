package import StrictJSON

/// Parses fault rules, and reports all wrong fields together, each by its path (`effect.delay`).
package struct FaultRuleParser {
    var failure = ValidationFailure()

    /// Returns the rule that an object describes.
    ///
    /// - Throws: a ``ValidationFailure`` that names each wrong field.
    package static func parse(_ object: JSONObject) throws -> FaultRule {
        var parser = FaultRuleParser()
        let rule = parser.rule(object)
        try parser.failure.check()
        guard let rule else { throw parser.failure }
        return rule
    }

    mutating func wrong(_ field: String, _ problem: Problem) { failure.add(field, problem, .unacceptable) }

    private mutating func rule(_ object: JSONObject) -> FaultRule? {
        only(["target", "match", "effect", "probability", "skip", "times", "for"], in: object, prefix: "")
        let target = choice(object["target"] ?? .null, "target", FaultTarget.self)
        var probability = 1.0
        if let value = object["probability"] {
            if let number = value.double, (0...1).contains(number) {
                probability = number
            } else {
                wrong("probability", .unexpected(expected: "a number from 0 to 1"))
            }
        }
        let skip = integer(object["skip"], "skip", in: 0...Int(Int32.max)) ?? 0
        let times = object["times"]?.isNull == true ? nil : integer(object["times"], "times", in: 1...Int(Int32.max))
        let lifetime = object["for"]?.isNull == true ? nil : object["for"].flatMap { span($0, "for") }
        guard let target else {
            if object["effect"] == nil { wrong("effect", .missing(expected: "an object with one effect")) }
            return nil
        }
        let match = self.match(object["match"], target)
        guard let effect = effect(object["effect"], target) else { return nil }
        // Only the body in a rule may nest freely.
        if object.depth > JSON.maxBodyDepth {
            let reason = "nests too deep in the rule, which nests at most \(JSON.maxBodyDepth) levels"
            wrong("effect.body", .invalid(reason, expected: "a flatter body"))
        }
        if target == .token, case .request(.refuseCursor) = effect.action {
            wrong("effect.stale_cursor", .invalid("can match nothing: the token endpoint takes no cursor"))
        }
        return FaultRule(
            target: target, match: match, effect: effect, probability: probability, skip: skip, times: times,
            lifetime: lifetime, source: object)
    }

    mutating func only(_ names: [String], in object: JSONObject, prefix: String) {
        let left = names.filter { object[$0] == nil }
        for member in object.members where !names.contains(member.name) {
            let meant = Suggestion.nearest(to: member.name, among: left)
            wrong(prefix + member.name, .unknownMember(suggestion: meant, known: names))
        }
    }

    mutating func choice<Choice: RawRepresentable & CaseIterable>(
        _ value: JSON, _ field: String, _ type: Choice.Type
    ) -> Choice? where Choice.RawValue == String {
        if let choice = value.string.flatMap(Choice.init) { return choice }
        wrong(field, .unknownWord(value.string ?? "", known: Choice.allCases.map(\.rawValue)))
        return nil
    }

    mutating func integer(_ value: JSON?, _ field: String, in range: ClosedRange<Int>) -> Int? {
        guard let value else { return nil }
        if let number = value.integer, range.contains(number) { return number }
        wrong(field, .unexpected(outside: range))
        return nil
    }

    mutating func span(_ value: JSON, _ field: String) -> TimeSpan? {
        guard let text = value.string else {
            wrong(field, .unexpected(expected: "a duration such as \"200ms\"", found: value.kind))
            return nil
        }
        return failure.collect(field, .unacceptable) { try TimeSpan(text) }
    }

    private mutating func match(_ value: JSON?, _ target: FaultTarget) -> FaultMatch {
        var match = FaultMatch()
        guard let value, !value.isNull else { return match }
        guard let object = value.object else {
            wrong("match", .unexpected(expected: "an object", found: value.kind))
            return match
        }
        let isDelivery = target == .delivery
        only(
            isDelivery
                ? ["topic", "endpoint_url", "client_id", "entity_id", "attempt"]
                : ["method", "path", "client_id", "operation"],
            in: object, prefix: "match.")
        match.clientID = text(object, "client_id")
        if isDelivery {
            match.topic = object["topic"].flatMap { choice($0, "match.topic", Topic.self) }
            match.endpointURL = text(object, "endpoint_url")
            match.entityID = text(object, "entity_id")
            match.attempt = integer(object["attempt"], "match.attempt", in: 1...Int(Int32.max))
        } else {
            matchRequest(object, target, &match)
        }
        return match
    }

    private mutating func matchRequest(_ object: JSONObject, _ target: FaultTarget, _ match: inout FaultMatch) {
        let known = Operation.allCases.filter { $0.target == target }
        match.method = text(object, "method")
        match.path = text(object, "path").map(PathPattern.init)
        if let name = text(object, "operation") {
            match.operation = Operation(rawValue: name)
            if !known.contains(where: { $0.rawValue == name }) {
                let names = known.map(\.rawValue)
                let meant = Suggestion.nearest(to: name, among: names).map { "did you mean \($0)?" }
                wrong(
                    "match.operation",
                    .invalid(
                        "is no operation of target \(target.rawValue); \(meant ?? "there are \(names.joined(separator: ", "))")"
                    )
                )
                return
            }
        }
        // The fields are applied one after the other, so that the message names the one that excludes all requests.
        var left = known.filter { match.operation == nil || $0 == match.operation }
        if let method = match.method {
            left = left.filter { $0.method == method || $0.method == "GET" && method == "HEAD" }
            guard !left.isEmpty else {
                return wrong("match.method", .invalid("can match nothing: no such request has the method \(method)"))
            }
        }
        if let path = match.path, !left.contains(where: { $0.isMatched(by: path) }) {
            wrong("match.path", .invalid("can match nothing: no such request has the path \(path.description)"))
        }
    }

    private mutating func text(_ object: JSONObject, _ name: String) -> String? {
        guard let value = object[name] else { return nil }
        if let text = value.string { return text }
        wrong("match.\(name)", .unexpected(expected: "a string", found: value.kind))
        return nil
    }
}
