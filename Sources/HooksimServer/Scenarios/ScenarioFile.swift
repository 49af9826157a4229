import FoundationEssentials
package import Webhooks
import Yams

/// Reads scenario files, YAML or JSON, within bounds that no file can exceed.
package enum ScenarioFile {
    static let longest = 1024 * 1024
    static let mostNodes = 100_000
    static let deepest = 64

    /// - Throws: ``ScenarioProblems``.
    package static func parse(_ text: String) throws -> Scenario {
        let start = ScenarioNode.Position(line: 1, column: 1)
        guard text.utf8.count <= longest else {
            throw ScenarioProblems([ScenarioProblem(start, "the file is larger than 1 MiB; expected a smaller one")])
        }
        let root: Node?
        do {
            root = try Yams.compose(yaml: text)
        } catch let error as YamlError {
            throw ScenarioProblems([problem(error)])
        }
        guard let root else {
            throw ScenarioProblems([
                ScenarioProblem(start, "the file is empty; expected a scenario with name, receivers and steps")
            ])
        }
        var converter = Converter()
        return try ScenarioParser.parse(try converter.convert(root, depth: 0))
    }

    private static func problem(_ error: YamlError) -> ScenarioProblem {
        let expected = "expected valid YAML or JSON"
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            return ScenarioProblem(
                .init(line: max(1, mark.line), column: max(1, mark.column)), "\(problem); \(expected)")
        case .duplicatedKeysInMapping(let keys, let context):
            return ScenarioProblem(
                .init(line: max(1, context.mark.line), column: max(1, context.mark.column)),
                "\(keys.sorted().joined(separator: ", ")) is given twice; expected each key once")
        default: return ScenarioProblem(.init(line: 1, column: 1), "the file can't be read; \(expected)")
        }
    }

    /// Copies nodes one by one and counts them, so that aliases of aliases can't grow without bound.
    private struct Converter {
        private var nodes = 0

        mutating func convert(_ node: Node, depth: Int) throws -> ScenarioNode {
            let position = ScenarioNode.Position(
                line: max(1, node.mark?.line ?? 1), column: max(1, node.mark?.column ?? 1))
            nodes += 1
            guard nodes <= ScenarioFile.mostNodes else {
                throw ScenarioProblems([
                    ScenarioProblem(
                        position,
                        "the file has more than \(ScenarioFile.mostNodes) values, aliases counted; expected fewer")
                ])
            }
            guard depth <= ScenarioFile.deepest else {
                throw ScenarioProblems([
                    ScenarioProblem(position, "values nest deeper than \(ScenarioFile.deepest) levels; expected fewer")
                ])
            }
            switch node {
            case .scalar(let scalar):
                return ScenarioNode(
                    .scalar(scalar.string, isPlain: scalar.style == .plain || scalar.style == .any), at: position)
            case .sequence(let sequence):
                return ScenarioNode(.sequence(try sequence.map { try convert($0, depth: depth + 1) }), at: position)
            case .mapping(let mapping):
                let members = try mapping.map {
                    (key: try convert($0.key, depth: depth + 1), value: try convert($0.value, depth: depth + 1))
                }
                return ScenarioNode(.mapping(members), at: position)
            case .alias:
                throw ScenarioProblems([ScenarioProblem(position, "an alias has no anchor; expected one before it")])
            }
        }
    }
}
