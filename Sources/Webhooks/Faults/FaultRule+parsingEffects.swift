extension FaultRuleParser {
    private static let callEffects = [
        "status", "delay", "connection", "dribble", "malformed_json", "rate_limited", "expire_token", "stale_cursor",
    ]
    private static let deliveryEffects = [
        "drop", "lose", "delay", "duplicate", "reorder", "timeout", "connection", "truncate_body", "corrupt_body",
        "wrong_secret", "no_secret", "fail_after_accept", "status",
    ]

    mutating func effect(_ value: JSON?, _ target: FaultTarget) -> FaultRule.Effect? {
        let names = target == .delivery ? Self.deliveryEffects : Self.callEffects
        guard let value else {
            wrong("effect", .missing(expected: "an object with one of \(names.joined(separator: ", "))"))
            return nil
        }
        guard let object = value.object else {
            wrong("effect", .unexpected(expected: "an object", found: value.kind))
            return nil
        }
        let beside = target != .delivery && object["status"] != nil ? ["body", "headers"] : []
        only(names + beside, in: object, prefix: "effect.")
        let effects = object.members.filter { names.contains($0.name) }
        guard effects.count == 1, let member = effects.first else {
            // An effect that is not known is told already.
            guard effects.count > 1 || object.members.isEmpty else { return nil }
            wrong("effect", .unexpectedMembers(expected: "exactly one of \(names.joined(separator: ", "))"))
            return nil
        }
        if target == .delivery { return deliveryFault(member.name, member.value).map { .delivery($0) } }
        return callFault(member.name, member.value, object).map { .call($0) }
    }

    private mutating func callFault(_ name: String, _ value: JSON, _ effect: JSONObject) -> APIFault? {
        let field = "effect.\(name)"
        switch name {
        case "status":
            let headers = headers(effect["headers"])
            return integer(value, field, in: 200...599).map { .status($0, body: effect["body"], headers: headers) }
        case "delay": return delay(value, field).map { .delay($0) }
        case "connection": return choice(value, field, APIFault.Connection.self).map { .connection($0) }
        case "dribble":
            guard let object = members(value, field, ["chunks", "over"]) else { return nil }
            let chunks = required(object["chunks"], "\(field).chunks").flatMap {
                integer($0, "\(field).chunks", in: 1...1000)
            }
            let over = required(object["over"], "\(field).over").flatMap { span($0, "\(field).over") }
            guard let chunks, let over else { return nil }
            return .dribble(chunks: chunks, over: over)
        case "rate_limited":
            guard let object = members(value, field, ["retry_after"]) else { return nil }
            guard let seconds = object["retry_after"] else { return .rateLimited(retryAfter: 1) }
            return integer(seconds, "\(field).retry_after", in: 0...86_400).map { .rateLimited(retryAfter: $0) }
        case "malformed_json": return flag(value, field, .malformedJSON)
        case "expire_token": return flag(value, field, .expireToken)
        default: return flag(value, field, .staleCursor)
        }
    }

    private mutating func deliveryFault(_ name: String, _ value: JSON) -> DeliveryFault? {
        let field = "effect.\(name)"
        switch name {
        case "delay": return delay(value, field).map { .delay($0) }
        case "duplicate": return integer(value, field, in: 2...100).map { .duplicate($0) }
        case "reorder":
            guard let object = members(value, field, ["window"]) else { return nil }
            return required(object["window"], "\(field).window").flatMap {
                integer($0, "\(field).window", in: 2...1000)
            }.map { .reorder(window: $0) }
        case "connection": return choice(value, field, DeliveryFault.Connection.self).map { .connection($0) }
        case "status": return integer(value, field, in: 100...599).map { .status($0) }
        case "drop": return flag(value, field, .drop)
        case "lose": return flag(value, field, .lose)
        case "timeout": return flag(value, field, .timeout)
        case "truncate_body": return flag(value, field, .truncateBody)
        case "corrupt_body": return flag(value, field, .corruptBody)
        case "wrong_secret": return flag(value, field, .wrongSecret)
        case "no_secret": return flag(value, field, .noSecret)
        default: return flag(value, field, .failAfterAccept)
        }
    }

    private mutating func flag<Fault>(_ value: JSON, _ field: String, _ fault: Fault) -> Fault? {
        if value == true { return fault }
        wrong(field, .unexpected(expected: "true"))
        return nil
    }

    private mutating func members(_ value: JSON, _ field: String, _ names: [String]) -> JSONObject? {
        guard let object = value.object else {
            wrong(field, .unexpected(expected: "an object", found: value.kind))
            return nil
        }
        only(names, in: object, prefix: field + ".")
        return object
    }

    private mutating func required(_ value: JSON?, _ field: String) -> JSON? {
        if value == nil { wrong(field, .missing()) }
        return value
    }

    private mutating func delay(_ value: JSON, _ field: String) -> DelayDistribution? {
        if value.string != nil { return span(value, field).map { .fixed($0) } }
        guard let object = value.object, object.members.count == 1, let member = object.members.first,
            ["uniform", "lognormal"].contains(member.name)
        else {
            wrong(
                field,
                .unexpected(expected: "a duration such as \"200ms\", or an object with one of uniform, lognormal"))
            return nil
        }
        let field = "\(field).\(member.name)"
        if member.name == "uniform" {
            guard let object = members(member.value, field, ["min", "max"]) else { return nil }
            let shortest = required(object["min"], "\(field).min").flatMap { span($0, "\(field).min") }
            let longest = required(object["max"], "\(field).max").flatMap { span($0, "\(field).max") }
            guard let shortest, let longest else { return nil }
            guard shortest <= longest else {
                wrong("\(field).max", .forbidden("be shorter than min"))
                return nil
            }
            return .uniform(shortest...longest)
        }
        guard let object = members(member.value, field, ["median", "sigma", "max"]) else { return nil }
        let median = required(object["median"], "\(field).median").flatMap { span($0, "\(field).median") }
        let longest = object["max"].map { span($0, "\(field).max") } ?? TimeSpan.longest
        let sigma = required(object["sigma"], "\(field).sigma")?.double
        guard let sigma, (0...10).contains(sigma) else {
            if object["sigma"] != nil { wrong("\(field).sigma", .unexpected(expected: "a number from 0 to 10")) }
            return nil
        }
        guard let median, let longest else { return nil }
        return .lognormal(median: median, sigma: sigma, longest: longest)
    }

    /// Headers that a server may add to an answer; those that frame the message are not among them.
    private mutating func headers(_ value: JSON?) -> [String: String] {
        guard let value else { return [:] }
        guard let object = value.object else {
            wrong("effect.headers", .unexpected(expected: "an object of names and texts", found: value.kind))
            return [:]
        }
        var headers: [String: String] = [:]
        for member in object.members {
            let field = "effect.headers.\(member.name)"
            guard !member.name.isEmpty, member.name.utf8.allSatisfy(Self.isTokenCharacter) else {
                wrong(field, .invalidName("is not a header name"))
                continue
            }
            guard !["content-length", "transfer-encoding", "connection"].contains(member.name.lowercased()) else {
                wrong(field, .invalidName("frames the message, so it can't be set; use the connection effect"))
                continue
            }
            guard let text = member.value.string, text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) else {
                wrong(field, .unexpected(expected: "a string of visible ASCII characters and spaces"))
                continue
            }
            headers[member.name] = text
        }
        return headers
    }

    /// RFC 9110, 5.6.2.
    private static func isTokenCharacter(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
            || "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }
}
