import HooksimScenarios
import HooksimServer
import StrictJSON
import Webhooks

/// Prints the progress of a replay, and formats its reports.
struct ReplayPrinter: Sendable {
    let format: OutputFormat
    let showsSteps: Bool
    /// The bar that shows how many scenarios have ended; `nil` if there is only one.
    let bar: ProgressBar?

    func begin(_ name: String) {
        guard showsSteps else { return }
        bar?.clear()
        Terminal.line(name)
    }

    func step(_ step: ScenarioReport.Step, of name: String, file: String) {
        guard showsSteps else { return }
        bar?.clear()
        let mark = step.failure == nil ? Terminal.coloured("ok  ", .green) : Terminal.coloured("FAIL", .red)
        Terminal.line("  \(step.at)  \(mark)  \(step.title)")
        guard let failure = step.failure else { return }
        Terminal.line("      \(file):\(step.position.line):\(step.position.column)")
        for line in failure.split(separator: "\n", omittingEmptySubsequences: false) { Terminal.line("      \(line)") }
    }

    /// Advances the bar at the end of a scenario.
    func end() { bar?.advance() }

    func all(_ report: ScenarioReport, file: String) {
        begin(report.name)
        for step in report.steps { self.step(step, of: report.name, file: file) }
    }

    func summary(_ reports: [ScenarioReport]) {
        bar?.clear()
        let failed = reports.count { !$0.isPassed }
        switch format {
        case .json:
            let body: JSON = ["passed": .bool(failed == 0), "scenarios": .array(reports.map(\.json))]
            Terminal.line(body.description)
        case .text: Terminal.line("\(reports.count - failed) passed, \(failed) failed")
        }
    }

    /// Returns the attempt logs, one JSON object per line, each with the scenario's name as its first member.
    static func attemptLog(_ reports: [ScenarioReport]) -> String {
        var lines = ""
        for report in reports {
            for row in report.attemptLog {
                var line = JSONObject([("scenario", .string(report.name))])
                for member in row.object?.members ?? [] { line[member.name] = member.value }
                lines += JSON.object(line).description + "\n"
            }
        }
        return lines
    }

    /// Returns a JUnit report for continuous integration: a scenario is a suite, and a step is a test case.
    static func junit(_ reports: [ScenarioReport], files: [String]) -> String {
        var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"
        for (report, file) in zip(reports, files) {
            let total = report.steps.count + report.skipped
            text +=
                "  <testsuite name=\"\(escaped(report.name))\" tests=\"\(total)\" failures=\"\(report.failures)\" skipped=\"\(report.skipped)\">\n"
            for step in report.steps {
                let seconds = Double(step.milliseconds) / 1000
                text +=
                    "    <testcase classname=\"\(escaped(report.name))\" name=\"\(escaped("\(file):\(step.position.line) \(step.title)"))\" time=\"\(seconds)\""
                if let failure = step.failure {
                    let first = failure.split(separator: "\n").first.map(String.init) ?? ""
                    text +=
                        ">\n      <failure message=\"\(escaped(first))\">\(escaped(failure))</failure>\n    </testcase>\n"
                } else {
                    text += "/>\n"
                }
            }
            text += "  </testsuite>\n"
        }
        return text + "</testsuites>\n"
    }

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
