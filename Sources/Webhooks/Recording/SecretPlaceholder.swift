/// What stands for the `secret_key` of a subscription in what is kept of a request: as wrong as the secret was, and equal for equal ones.
package enum SecretPlaceholder {
    /// The placeholder of a secret that is accepted.
    ///
    /// - Parameter number: which of the different secrets it is.
    package static func text(_ number: Int) -> String { "placeholder-secret-\(number)" }

    /// Returns the placeholder of a `secret_key`, which is accepted, refused or overlooked as that value is.
    ///
    /// - Parameter number: returns the number of an accepted secret.
    package static func json(for secret: JSON, number: (String) -> Int) -> JSON {
        guard let secret = secret.string else { return secret.withoutContent }
        // Not given at all, in the way of serializers.
        if secret.isEmpty { return "" }
        if SubscriptionRequest.accepts(secretKey: secret) { return .string(text(number(secret))) }
        guard secret.utf8.allSatisfy(isVisible) else { return "placeholder secret" }
        return .string(String(repeating: "x", count: Assumptions.secretLengths.upperBound + 1))
    }

    private static func isVisible(_ byte: UInt8) -> Bool { (0x21...0x7E).contains(byte) }
}

extension JSON {
    /// A value of the same kind that says nothing.
    package var withoutContent: JSON {
        switch self {
        case .string: .string(SecretParameters.placeholder)
        case .number: 0
        case .array: []
        case .object: [:]
        case .null, .bool: self
        }
    }

    /// The value with placeholders for all members that are secrets by their names, at whatever depth.
    package var withoutSecretMembers: JSON {
        switch self {
        case .object(let object):
            .object(
                JSONObject(
                    object.members.map { member in
                        let isSecret = SecretParameters.isSecret(member.name) && member.value != ""
                        return (
                            member.name, isSecret ? member.value.withoutContent : member.value.withoutSecretMembers
                        )
                    }))
        case .array(let elements): .array(elements.map(\.withoutSecretMembers))
        case .string, .number, .bool, .null: self
        }
    }
}
