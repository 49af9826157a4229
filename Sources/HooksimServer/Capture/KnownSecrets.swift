import Webhooks

/// Finds secrets of this simulator in texts where none should be: issued tokens, and what it was started with.
struct KnownSecrets: Sendable {
    let tokens: TokenRegistry
    /// Texts that are secret wherever they stand.
    let texts: [String]

    /// How many hexadecimal digits a token has.
    private static let tokenLength = 56

    /// - Parameter texts: secrets of this process; those are looked for that are too long to be an ordinary word.
    init(tokens: TokenRegistry, texts: [String]) {
        self.tokens = tokens
        self.texts = texts.filter { $0.utf8.count >= 10 }
    }

    /// The text with a placeholder for each secret in it.
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

    /// Compares bytes: what follows a secret may make another character of its last one.
    private static func replacing(_ secret: String, in text: String) -> String {
        guard text.utf8.count >= secret.utf8.count, text.utf8.firstRange(of: secret.utf8) != nil else { return text }
        return String(
            decoding: Array(text.utf8).replacing(Array(secret.utf8), with: Array(SecretParameters.placeholder.utf8)),
            as: UTF8.self)
    }

    /// The value with a placeholder for each secret in its texts.
    func hidden(in value: JSON) -> JSON {
        switch value {
        case .string(let text): .string(hidden(in: text))
        case .array(let elements): .array(elements.map { hidden(in: $0) })
        case .object(let object): .object(JSONObject(object.members.map { ($0.name, hidden(in: $0.value)) }))
        case .null, .bool, .number: value
        }
    }
}
