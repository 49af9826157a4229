package import Webhooks

/// Reads scenario files, YAML or JSON, within bounds that no file can exceed.
package enum ScenarioFile {
    /// How large a scenario may be.
    struct Limits {
        let bytes: Int
        let values: Int

        /// A file on the user's own machine may be as large as a recording gets: its bodies take 16 MiB, of which each byte may be written
        /// as an escape of six.
        static let file = Limits(bytes: 128 << 20, values: 2_000_000)
        static let request = Limits(bytes: 1 << 20, values: 100_000)
    }

    static let deepest = 64

    /// - Throws: ``ScenarioProblems``.
    package static func parse(_ text: String, from source: ScenarioSource) throws -> Scenario {
        do {
            return try ScenarioParser.parse(
                try root(of: text, within: source == .file ? .file : .request), from: source, samples: Samples.all)
        } catch let problem as ScenarioProblem {
            throw ScenarioProblems([problem])
        }
    }

    private static func root(of text: String, within limits: Limits) throws -> ScenarioNode {
        let start = ScenarioNode.Position(line: 1, column: 1)
        guard text.utf8.count <= limits.bytes else {
            throw ScenarioProblem(start, "the file is larger than \(limits.bytes >> 20) MiB; expected a smaller one")
        }
        // Editors on Windows write a mark in front, and don't show it.
        let text = text.unicodeScalars.first == "\u{FEFF}" ? String(text.unicodeScalars.dropFirst()) : text
        if text.utf8.first(where: { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }) == UInt8(ascii: "{") {
            return try json(text, within: limits)
        }
        guard let root = try YAMLScenario.root(of: text, within: limits) else {
            throw ScenarioProblem(start, "the file is empty; expected a scenario with name, receivers and steps")
        }
        return root
    }

    /// What starts as JSON is held to JSON, so that no other tool stumbles over what passes here.
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
