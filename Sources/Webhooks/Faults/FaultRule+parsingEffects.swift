import StrictJSON

extension FaultRuleParser {
    mutating func effect(_ value: JSON?, _ target: FaultTarget) -> FaultRule.Effect? {
        target == .delivery
            ? fault(value, DeliveryFault.definitions) { .delivery($0) }
            : fault(value, APIFault.definitions) { .request($0) }
    }

    private mutating func fault<Fault>(
        _ value: JSON?, _ definitions: [FaultEffectDefinition<Fault>], action: (Fault) -> FaultRule.Action
    ) -> FaultRule.Effect? {
        let names = definitions.map(\.name)
        guard let value else {
            wrong("effect", .missing(expected: "an object with one of \(names.joined(separator: ", "))"))
            return nil
        }
        guard let object = value.object else {
            wrong("effect", .unexpected(expected: "an object", found: value.kind))
            return nil
        }
        let companions = definitions.filter { object[$0.name] != nil }.flatMap(\.companions)
        only(names + companions, in: object, prefix: "effect.")
        let given = definitions.filter { object[$0.name] != nil }
        guard given.count == 1, let definition = given.first, let value = object[definition.name] else {
            // An unknown effect has been reported already.
            guard given.count > 1 || object.members.isEmpty else { return nil }
            wrong("effect", .unexpectedMembers(expected: "exactly one of \(names.joined(separator: ", "))"))
            return nil
        }
        return definition.parse(&self, value, "effect.\(definition.name)", object).map {
            FaultRule.Effect(name: definition.name, action: action($0))
        }
    }

    mutating func flag<Fault>(_ value: JSON, _ field: String, _ fault: Fault) -> Fault? {
        if value == true { return fault }
        wrong(field, .unexpected(expected: "true"))
        return nil
    }

    mutating func members(_ value: JSON, _ field: String, _ names: [String]) -> JSONObject? {
        guard let object = value.object else {
            wrong(field, .unexpected(expected: "an object", found: value.kind))
            return nil
        }
        only(names, in: object, prefix: field + ".")
        return object
    }

    mutating func required(_ value: JSON?, _ field: String) -> JSON? {
        if value == nil { wrong(field, .missing()) }
        return value
    }

    mutating func delay(_ value: JSON, _ field: String) -> DelayDistribution? {
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

    /// Returns the headers to add to a response; those that frame the message are not allowed.
    mutating func headers(_ value: JSON?) -> [String: String] {
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

    /// Returns whether a byte is a `tchar` (RFC 9110, 5.6.2).
    private static func isTokenCharacter(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
            || "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }
}
