import StrictJSON
import Webhooks

/// Reads scenario files, in YAML or JSON, within limits on their size and nesting.
package enum ScenarioFile {
    /// The limits on the size of a scenario.
    struct Limits {
        let bytes: Int
        let values: Int

        /// The limits of a file on the user's own machine, which may be as large as a recording: its bodies take up to
        /// 16 MiB, of which each byte may be written as an escape of six.
        static let file = Limits(bytes: 128 << 20, values: 2_000_000)
        static let request = Limits(bytes: 1 << 20, values: 100_000)
    }

    /// The maximum nesting level of a value.
    static let deepest = 64

    /// Parses a scenario.
    ///
    /// - Throws: ``ScenarioProblems`` if the text is not a valid scenario.
    package static func parse(_ text: String, from source: ScenarioSource) throws -> Scenario {
        do {
            return try ScenarioParser.parse(
                try root(of: text, within: source == .file ? .file : .request), from: source, samples: Samples.all)
        } catch let problem as ScenarioProblem {
            throw ScenarioProblems([problem])
        }
    }

    /// Parses any YAML or JSON of at most the size of a request.
    ///
    /// - Returns: The root node; `nil` if the text has nothing but comments.
    /// - Throws: A ``ScenarioProblem`` if the text is not valid.
    package static func nodes(of text: String) throws -> ScenarioNode? { try nodes(of: text, within: .request) }

    private static func root(of text: String, within limits: Limits) throws -> ScenarioNode {
        guard let root = try nodes(of: text, within: limits) else {
            throw ScenarioProblem(
                .init(line: 1, column: 1),
                "the file is empty; expected a scenario with name, receivers and steps")
        }
        return root
    }

    private static func nodes(of text: String, within limits: Limits) throws -> ScenarioNode? {
        guard text.utf8.count <= limits.bytes else {
            throw ScenarioProblem(
                .init(line: 1, column: 1), "the file is larger than \(limits.bytes >> 20) MiB; expected a smaller one")
        }
        // Editors on Windows begin a file with a byte order mark, and don't show it.
        let text = text.unicodeScalars.first == "\u{FEFF}" ? String(text.unicodeScalars.dropFirst()) : text
        if text.utf8.first(where: { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }) == UInt8(ascii: "{") {
            return try json(text, within: limits)
        }
        return try YAMLScenario.root(of: text, within: limits)
    }

    /// Parses a text that begins like JSON as JSON alone, not as YAML, so that other tools can read every such file.
    private static func json(_ text: String, within limits: Limits) throws -> ScenarioNode {
        do {
            return try ScenarioNode(json: text, maxValues: limits.values)
        } catch let error as JSONError {
            let problem =
                if case .expected(let what) = error.kind {
                    "this is not JSON, as a file that starts with { must be; expected \(what)"
                } else {
                    "\(error.reason); expected valid JSON"
                }
            throw ScenarioProblem(ScenarioNode.position(of: error, in: text), problem)
        }
    }
}
