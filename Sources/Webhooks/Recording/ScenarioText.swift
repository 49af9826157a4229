/// Writes a scenario as people write them: YAML, a line for each setting, receiver and step.
struct ScenarioText {
    private(set) var text = ""

    /// Writes a comment of one line, whatever is in it.
    mutating func comment(_ line: String) {
        let shown = line.unicodeScalars.map { scalar -> Unicode.Scalar in
            switch scalar.value {
            case 0...0x1F, 0x7F...0x9F, 0x2028, 0x2029, 0xFEFF, 0xFFFE, 0xFFFF: "\u{FFFD}"
            default: scalar
            }
        }
        text += "# \(String(String.UnicodeScalarView(shown)))\n"
    }

    mutating func entry(_ name: String, _ value: JSON) { text += "\(name): \(Self.inline(value))\n" }

    mutating func mapping(_ name: String, _ object: JSONObject) {
        guard !object.members.isEmpty else { return }
        text += "\(name):\n"
        for member in object.members { text += "  \(member.name): \(Self.inline(member.value))\n" }
    }

    mutating func list(_ name: String, _ elements: [JSON]) {
        text += "\(name):\n"
        for element in elements {
            // A step is a mapping of one name to what it takes, which reads best without braces around it.
            let step = element.object?.members.first
            text += "  - \(step.map { "\($0.name): \(Self.inline($0.value))" } ?? Self.inline(element))\n"
        }
    }

    /// A value on one line, in YAML's flow style.
    static func inline(_ value: JSON) -> String {
        switch value {
        case .object(let object) where object.members.isEmpty: "{}"
        case .object(let object):
            "{ \(object.members.map { "\(key($0.name)): \(inline($0.value))" }.joined(separator: ", ")) }"
        case .array(let elements): "[\(elements.map(inline).joined(separator: ", "))]"
        case .string(let text): scalar(text)
        case .null, .bool, .number: value.description
        }
    }

    /// Plain where that can't mean anything else, and else as JSON writes it, which YAML reads just so.
    private static func scalar(_ text: String) -> String {
        let isPlain =
            text.first.map { $0.isASCII && $0.isLetter } ?? false
            && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == "-") }
        let meansElse: Set<String> = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"]
        return isPlain && !meansElse.contains(text.lowercased()) ? text : quoted(text)
    }

    /// A key; a long one is marked, since YAML looks only so far ahead to find out that one is meant.
    private static func key(_ text: String) -> String {
        let key = scalar(text)
        return key.utf8.count < 1000 ? key : "? \(key)"
    }

    /// A text in double quotes, without what YAML takes for the end of a line or does not take at all.
    private static func quoted(_ text: String) -> String {
        JSON.string(text).description.unicodeScalars.reduce(into: "") { quoted, scalar in
            switch scalar.value {
            case 0x7F...0x9F, 0x2028, 0x2029, 0xFEFF, 0xFFFE, 0xFFFF:
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
    }
}
