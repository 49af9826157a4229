import Webhooks
import Yams

/// Reads YAML into nodes.
///
/// Yams puts a copy of the anchored value in the place of each alias before anybody can count them, and compares all
/// keys by all that is in them, so that a file of a kilobyte can keep it busy for ever. So it gets to see no alias: each
/// `*` is replaced by a character that the file does not have, and the aliases are found among the plain scalars that
/// start with it.
enum YAMLScenario {
    /// `nil` when there is nothing but comments.
    /// - Throws: a ``ScenarioProblem``.
    static func root(of text: String, within limits: ScenarioFile.Limits) throws -> ScenarioNode? {
        try checkCharacters(of: text)
        guard let mask = YAMLMask(of: text.unicodeScalars) else {
            throw ScenarioProblem(
                .init(line: 1, column: 1), "the file has every character beyond U+FFFF; expected fewer of them")
        }
        let masked = mask.masked(text)
        do {
            let parser = try Parser(yaml: masked, resolver: .basic, encoding: .utf8)
            // The anchors' names live as long as the parser.
            return try withExtendedLifetime(parser) {
                guard let root = try parser.singleRoot() else { return nil }
                var converter = YAMLConverter(mask: mask, limits: limits)
                return try converter.convert(root)
            }
        } catch let error as YamlError {
            throw YAMLFault(masked, by: mask).problem(error)
        }
    }

    /// What YAML allows (YAML 1.2, 5.1); libyaml refuses the rest too, but does not tell the line.
    private static func checkCharacters(of text: String) throws {
        var line = 1
        var column = 1
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x0A:
                line += 1
                column = 0
            case 0x09, 0x0D, 0x20...0x7E, 0x85, 0xA0...0xFFFD, 0x10000...: break
            default:
                let digits = String(scalar.value, radix: 16, uppercase: true)
                let name = "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
                throw ScenarioProblem(
                    .init(line: line, column: column), "there is the control character \(name); expected text alone")
            }
            column += 1
        }
    }
}
