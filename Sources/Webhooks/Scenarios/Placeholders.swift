/// `${name}` in a text of a scenario stands for what an earlier step saved; `$${` is `${` itself.
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

    /// The names that stand as `${name}` in the text.
    package var placeholders: [String] {
        pieces.compactMap { if case .placeholder(let name) = $0 { String(name) } else { nil } }
    }

    /// Puts values in the place of their names; a name without one stays as it is.
    package func substituting(_ value: (String) -> String?) -> String {
        guard contains("${") else { return self }
        return pieces.map { piece in
            switch piece {
            case .text(let text): String(text)
            case .placeholder(let name): value(String(name)) ?? "${\(name)}"
            }
        }.joined()
    }

    /// The text that is read as this one where placeholders are.
    var withoutPlaceholders: String { replacing("${", with: "$${") }
}

extension JSON {
    /// The value whose texts are read as those of this one where placeholders are.
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
