import StrictJSON

extension JSON {
    /// The members as values for templates, without those that are null.
    var shown: [String: Any] {
        var members: [String: Any] = [:]
        for member in object?.members ?? [] {
            switch member.value {
            case .null: break
            case .string(let text): members[member.name] = text
            case .bool(let value): members[member.name] = value
            case .number, .array, .object: members[member.name] = member.value.description
            }
        }
        return members
    }
}
