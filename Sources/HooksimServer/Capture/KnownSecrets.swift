import StrictJSON
import Webhooks

/// Finds secrets of this simulator in texts that should contain none: issued tokens, and the secrets in its
/// configuration.
struct KnownSecrets: Sendable {
    let tokens: TokenRegistry
    /// The texts that are secret in any context.
    let texts: [String]

    /// The number of hexadecimal digits of a token.
    private static let tokenLength = 56

    /// Creates a search for secrets.
    /// - Parameter texts: Secrets of this process; only those that are too long to be an ordinary word are used.
    init(tokens: TokenRegistry, texts: [String]) {
        self.tokens = tokens
        self.texts = texts.filter { $0.utf8.count >= 10 }
    }

    /// Returns the text with a placeholder for each secret in it.
    func hidden(in text: String) -> String {
        var hidden = text
        for secret in texts { hidden = Self.replacing(secret, in: hidden) }
        guard hidden.utf8.count >= Self.tokenLength else { return hidden }
        for word in hidden.utf8.split(whereSeparator: { hexadecimalValue($0) == nil })
        where word.count == Self.tokenLength {
            let word = String(Substring(word))
            if tokens.number(of: word) != nil {
                hidden = Self.replacing(word, in: hidden)
            }
        }
        return hidden
    }

    /// Replaces bytes instead of characters, since the last character of a secret may combine with the text that
    /// follows it.
    private static func replacing(_ secret: String, in text: String) -> String {
        guard text.utf8.count >= secret.utf8.count, text.utf8.firstRange(of: secret.utf8) != nil else { return text }
        return String(
            decoding: Array(text.utf8).replacing(Array(secret.utf8), with: Array(SecretParameters.placeholder.utf8)),
            as: UTF8.self)
    }

    /// Returns the value with a placeholder for each secret in its strings.
    func hidden(in value: JSON) -> JSON {
        switch value {
        case .string(let text): .string(hidden(in: text))
        case .array(let elements): .array(elements.map { hidden(in: $0) })
        case .object(let object): .object(JSONObject(object.members.map { ($0.name, hidden(in: $0.value)) }))
        case .null, .bool, .number: value
        }
    }
}
