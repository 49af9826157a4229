import StrictJSON

/// Writes a scenario as readable YAML, with one line for each setting, receiver and step.
struct ScenarioText {
    private(set) var text = ""

    /// Writes a comment of one line, in which U+FFFD replaces line breaks and control characters.
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
            // A step is a mapping with one member, which is more readable without braces.
            let step = element.object?.members.first
            text += "  - \(step.map { "\($0.name): \(Self.inline($0.value))" } ?? Self.inline(element))\n"
        }
    }

    /// Returns a value on one line, in YAML's flow style.
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

    /// Returns a text as a plain scalar if YAML reads it as the same text, and else as a string of JSON, which YAML
    /// reads as well.
    private static func scalar(_ text: String) -> String {
        let isPlain =
            text.first.map { $0.isASCII && $0.isLetter } ?? false
            && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == "-") }
        let meansElse: Set<String> = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"]
        return isPlain && !meansElse.contains(text.lowercased()) ? text : quoted(text)
    }

    /// Returns a key. A long one gets an explicit mark, since YAML limits the length of an implicit key to 1024
    /// characters.
    private static func key(_ text: String) -> String {
        let key = scalar(text)
        return key.utf8.count < 1000 ? key : "? \(key)"
    }

    /// Returns a text in double quotes. Characters that YAML treats as line breaks or does not allow are escaped.
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
