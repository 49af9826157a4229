import Testing
import Yams

@testable import HooksimScenarios

/// Tests that each message that the program knows is one of the linked libyaml, by a text that causes it.
@Suite struct YAMLProblemKindTests {
    private static let examples: [(text: String, yaml: String)] = [
        ("found a tab character that violates indentation", "a:\n  b\n\tc\n"),
        ("found a tab character where an indentation space is expected", "a: |\n \tb\n\tc\n"),
        ("did not find expected <document start>", "a: 1\n...\nb: 2\n"),
        ("but found another document", "a: 1\n---\nb: 2\n"),
        (
            "Maximum nesting level reached, set with yaml_set_max_nest_level())",
            String(repeating: "[", count: 2000) + String(repeating: "]", count: 2000)
        ),
        ("found character that cannot start any token", "a: @b\n"),
    ]

    @Test(arguments: examples)
    func `libyaml has the text that the kind is known by`(text: String, yaml: String) throws {
        let error = #expect(throws: YamlError.self) { try Yams.Parser(yaml: yaml).singleRoot() }
        switch error {
        case .scanner(_, let problem, _, _)?, .parser(_, let problem, _, _)?, .composer(_, let problem, _, _)?:
            #expect(problem == text)
        default: Issue.record("\(String(describing: error))")
        }
    }

    @Test func `every text is provoked`() {
        #expect(Set(Self.examples.map(\.text)) == Set(YAMLProblemKind.ofTexts.keys))
        #expect(Set(YAMLProblemKind.ofTexts.values) == Set(YAMLProblemKind.allCases))
    }
}
