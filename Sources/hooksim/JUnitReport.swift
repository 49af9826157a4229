import HooksimScenarios

/// The report of a replay in the format of JUnit, which servers of continuous integration read: a scenario is a suite,
/// and a step is a test case. A file that can't be run is a suite with one error.
struct JUnitReport {
    private struct Suite {
        let name: String
        var cases: [Case]

        var milliseconds: Int { cases.reduce(0) { $0 + $1.milliseconds } }
    }

    private struct Case {
        enum Result {
            case passed, skipped
            case failed(String)
            case error(String)

            var isFailure: Bool { if case .failed = self { true } else { false } }
            var isError: Bool { if case .error = self { true } else { false } }
            var isSkipped: Bool { if case .skipped = self { true } else { false } }
        }

        let name: String
        let milliseconds: Int
        let result: Result
    }

    private var suites: [Suite] = []

    /// Adds the result of a scenario.
    mutating func add(_ report: ScenarioReport, file: String) {
        let name = { (position: ScenarioNode.Position, title: String) in "\(file):\(position.line) \(title)" }
        let run = report.steps.map { step in
            Case(
                name: name(step.position, step.title), milliseconds: step.milliseconds,
                result: step.failure.map { .failed($0) } ?? .passed)
        }
        let skipped = report.skippedSteps.map { step in
            Case(name: name(step.position, step.title), milliseconds: 0, result: .skipped)
        }
        suites.append(Suite(name: report.name, cases: run + skipped))
    }

    /// Adds a file that can't be run.
    ///
    /// - Parameter problem: the reason, in one or more lines.
    mutating func add(file: String, problem: String) {
        suites.append(Suite(name: file, cases: [Case(name: file, milliseconds: 0, result: .error(problem))]))
    }

    /// The report as XML.
    var xml: String {
        var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        text += "<testsuites name=\"hooksim replay\" \(Self.totals(suites))>\n"
        for suite in suites {
            text += "  <testsuite name=\"\(Self.escaped(suite.name))\" \(Self.totals([suite]))>\n"
            for test in suite.cases { text += Self.element(test, in: suite) }
            text += "  </testsuite>\n"
        }
        return text + "</testsuites>\n"
    }

    private static func totals(_ suites: [Suite]) -> String {
        let cases = suites.flatMap(\.cases)
        let counts: [(String, Int)] = [
            ("tests", cases.count), ("failures", cases.count { $0.result.isFailure }),
            ("errors", cases.count { $0.result.isError }), ("skipped", cases.count { $0.result.isSkipped }),
        ]
        let time = suites.reduce(0) { $0 + $1.milliseconds }
        return counts.map { "\($0)=\"\($1)\"" }.joined(separator: " ") + " time=\"\(seconds(time))\""
    }

    private static func element(_ test: Case, in suite: Suite) -> String {
        let start =
            "    <testcase classname=\"\(escaped(suite.name))\" name=\"\(escaped(test.name))\" time=\"\(seconds(test.milliseconds))\""
        return switch test.result {
        case .passed: start + "/>\n"
        case .skipped: start + ">\n      <skipped/>\n    </testcase>\n"
        case .failed(let reason): start + ">\n      \(problem("failure", reason))\n    </testcase>\n"
        case .error(let reason): start + ">\n      \(problem("error", reason))\n    </testcase>\n"
        }
    }

    private static func problem(_ name: String, _ failure: String) -> String {
        let first = failure.split(separator: "\n").first.map(String.init) ?? ""
        return "<\(name) message=\"\(escaped(first))\">\(escaped(failure))</\(name)>"
    }

    private static func seconds(_ milliseconds: Int) -> String { "\(Double(milliseconds) / 1000)" }

    /// Returns a text with the markup of XML escaped. XML 1.0 can't represent most control characters, so U+FFFD
    /// replaces them.
    private static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "\n", "\t": result.unicodeScalars.append(scalar)
            default:
                if scalar.value < 0x20 || scalar.value == 0xFFFE || scalar.value == 0xFFFF {
                    result += "\u{FFFD}"
                } else {
                    result.unicodeScalars.append(scalar)
                }
            }
        }
        return result
    }
}
