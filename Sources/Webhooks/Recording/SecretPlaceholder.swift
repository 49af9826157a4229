package import StrictJSON

/// The placeholder of a subscription's `secret_key` in a recorded request: it is refused if the secret was, and equal
/// for equal secrets.
package enum SecretPlaceholder {
    /// Returns the placeholder of a secret that is accepted.
    ///
    /// - Parameter number: the number of the secret among the different ones.
    package static func text(_ number: Int) -> String { "placeholder-secret-\(number)" }

    /// Returns the placeholder of a `secret_key`, which is accepted, refused or ignored as that value is.
    ///
    /// - Parameters:
    ///   - secret: the value of `secret_key`.
    ///   - number: returns the number of an accepted secret.
    package static func json(for secret: JSON, number: (String) -> Int) -> JSON {
        guard let secret = secret.string else { return secret.withoutContent }
        // Serializers write a secret that is not set as an empty text.
        if secret.isEmpty { return "" }
        if SubscriptionRequest.accepts(secretKey: secret) { return .string(text(number(secret))) }
        guard secret.utf8.allSatisfy(isVisible) else { return "placeholder secret" }
        return .string(String(repeating: "x", count: Assumptions.secretLengths.upperBound + 1))
    }

    private static func isVisible(_ byte: UInt8) -> Bool { (0x21...0x7E).contains(byte) }

    /// Returns the same URL with a placeholder for its user name and password.
    package static func withoutUser(_ url: String) -> String {
        let start = url.firstRange(of: "://")?.upperBound ?? url.startIndex
        let authorityEnd = url[start...].firstIndex { "/?#".contains($0) } ?? url.endIndex
        guard let at = url[start..<authorityEnd].lastIndex(of: "@") else { return url }
        // A URL that is refused because of its user name must be refused again.
        return "\(url[..<start])placeholder\(url[at...])"
    }
}

extension JSON {
    /// A value of the same kind without its content.
    package var withoutContent: JSON {
        switch self {
        case .string: .string(SecretParameters.placeholder)
        case .number: 0
        case .array: []
        case .object: [:]
        case .null, .bool: self
        }
    }

    /// The value with placeholders for all members that are secrets by their names, at any depth.
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
