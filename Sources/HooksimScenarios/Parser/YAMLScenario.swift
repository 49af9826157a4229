import Webhooks
import Yams

/// Parses YAML into the nodes of a scenario.
///
/// Yams replaces each alias by a copy of the anchored value before the copies can be counted, and compares keys by
/// their whole content, so that a file of a kilobyte can keep it busy forever. The text that Yams parses therefore has
/// no alias: each `*` is replaced by a character that the file does not contain, and the converter finds the aliases
/// among the plain scalars that begin with it.
enum YAMLScenario {
    /// Returns the root node; returns `nil` if the text has nothing but comments.
    ///
    /// - Throws: a ``ScenarioProblem`` if the text is not valid YAML or exceeds a limit.
    static func root(of text: String, within limits: ScenarioFile.Limits) throws -> ScenarioNode? {
        try checkCharacters(of: text)
        guard let mask = YAMLMask(of: text.unicodeScalars) else {
            throw ScenarioProblem(
                .init(line: 1, column: 1), "the file has every character beyond U+FFFF; expected fewer of them")
        }
        let masked = mask.masked(text)
        do {
            let parser = try Parser(yaml: masked, resolver: .basic, encoding: .utf8)
            // The names of anchors are valid only as long as the parser.
            return try withExtendedLifetime(parser) {
                guard let root = try parser.singleRoot() else { return nil }
                var converter = YAMLConverter(mask: mask, limits: limits)
                return try converter.convert(root)
            }
        } catch let error as YamlError {
            throw YAMLFault(masked, by: mask).problem(error)
        }
    }

    /// Checks that YAML allows each character (YAML 1.2, 5.1). libyaml refuses the others too, but does not report
    /// their lines.
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
