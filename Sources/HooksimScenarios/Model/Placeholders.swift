import StrictJSON
import Webhooks

/// Placeholders in the texts of a scenario: `${name}` stands for a value that an earlier step saved, and `$${` for `${`
/// itself.
extension String {
    private enum Piece {
        case text(Substring)
        case placeholder(Substring)
    }

    private var pieces: [Piece] {
        var found: [Piece] = []
        var rest = self[...]
        while let start = rest.firstRange(of: "${") {
            let before = rest[..<start.lowerBound]
            if before.last == "$" {
                found += [.text(before.dropLast()), .text("${")]
                rest = rest[start.upperBound...]
            } else if let end = rest[start.upperBound...].firstIndex(of: "}") {
                found += [.text(before), .placeholder(rest[start.upperBound..<end])]
                rest = rest[rest.index(after: end)...]
            } else {
                found.append(.text(rest[..<start.upperBound]))
                rest = rest[start.upperBound...]
            }
        }
        return found + [.text(rest)]
    }

    /// The names of the placeholders in the text.
    package var placeholders: [String] {
        pieces.compactMap { if case .placeholder(let name) = $0 { String(name) } else { nil } }
    }

    /// Returns the text with the placeholders replaced by values; a placeholder without a value is kept.
    package func substituting(_ value: (String) -> String?) -> String {
        guard contains("${") else { return self }
        return pieces.map { piece in
            switch piece {
            case .text(let text): String(text)
            case .placeholder(let name): value(String(name)) ?? "${\(name)}"
            }
        }.joined()
    }

    /// The text with `${` escaped, so that it contains no placeholder.
    var withoutPlaceholders: String { replacing("${", with: "$${") }
}

extension JSON {
    /// The value with `${` escaped in all its texts, so that it contains no placeholder.
    var withoutPlaceholders: JSON {
        switch self {
        case .string(let text): .string(text.withoutPlaceholders)
        case .array(let elements): .array(elements.map(\.withoutPlaceholders))
        case .object(let object):
            .object(JSONObject(object.members.map { ($0.name, $0.value.withoutPlaceholders) }))
        case .null, .bool, .number: self
        }
    }
}
