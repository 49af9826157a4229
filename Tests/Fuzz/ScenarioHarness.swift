import HooksimScenarios
import HooksimServer
import Webhooks

/// Checks that a scenario is parsed, or that each of its problems has a position in the file and a message of one line.
func fuzzScenario(_ bytes: [UInt8]) throws {
    let text = String(decoding: bytes, as: UTF8.self)
    do {
        let scenario = try ScenarioFile.parse(text, from: .file)
        check(!scenario.steps.isEmpty, "there is no step")
        check((try? Timestamp(iso8601: scenario.clock.description)) == scenario.clock, "the clock is \(scenario.clock)")
        for step in scenario.steps { check(step.position.line >= 1 && step.position.column >= 1, "\(step.position)") }
    } catch let error as ScenarioProblems {
        check(!error.problems.isEmpty, "it is refused for nothing")
        // libyaml counts each of these characters as the end of a line.
        let ends = text.unicodeScalars.count { "\n\r\u{85}\u{2028}\u{2029}".unicodeScalars.contains($0) }
        for problem in error.problems {
            check(problem.position.line >= 1 && problem.position.column >= 1, "\(problem) is nowhere")
            check(problem.position.line <= ends + 2, "\(problem) is behind the end")
            check(!problem.message.isEmpty, "\(problem) says nothing")
            check(!problem.message.contains(where: \.isNewline), "\(problem) has two lines")
        }
        let positions = error.problems.map(\.position)
        check(
            zip(positions, positions.dropFirst()).allSatisfy { ($0.line, $0.column) <= ($1.line, $1.column) },
            "\(error) is not in order")
    }
}
