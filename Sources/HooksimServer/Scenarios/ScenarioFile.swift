package import Webhooks

/// Reads scenario files, YAML or JSON, within bounds that no file can exceed.
package enum ScenarioFile {
    static let longest = 1024 * 1024
    static let mostValues = 100_000
    static let deepest = 64

    /// - Throws: ``ScenarioProblems``.
    package static func parse(_ text: String, from source: ScenarioSource) throws -> Scenario {
        do {
            return try ScenarioParser.parse(try root(of: text), from: source, samples: Samples.all)
        } catch let problem as ScenarioProblem {
            throw ScenarioProblems([problem])
        }
    }

    private static func root(of text: String) throws -> ScenarioNode {
        let start = ScenarioNode.Position(line: 1, column: 1)
        guard text.utf8.count <= longest else {
            throw ScenarioProblem(start, "the file is larger than 1 MiB; expected a smaller one")
        }
        // Editors on Windows write a mark in front, and don't show it.
        let text = text.unicodeScalars.first == "\u{FEFF}" ? String(text.unicodeScalars.dropFirst()) : text
        if text.utf8.first(where: { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }) == UInt8(ascii: "{") {
            return try json(text)
        }
        guard let root = try YAMLScenario.root(of: text) else {
            throw ScenarioProblem(start, "the file is empty; expected a scenario with name, receivers and steps")
        }
        return root
    }

    /// What starts as JSON is held to JSON, so that no other tool stumbles over what passes here.
    private static func json(_ text: String) throws -> ScenarioNode {
        do {
            return try ScenarioNode(json: text, mostValues: mostValues)
        } catch let error as JSONError {
            let expected = error.reason.hasSuffix(" is expected") ? error.reason.dropLast(" is expected".count) : nil
            throw ScenarioProblem(
                ScenarioNode.position(of: error, in: text),
                expected.map { "this is not JSON, as a file that starts with { must be; expected \($0)" }
                    ?? "\(error.reason); expected valid JSON")
        }
    }
}
