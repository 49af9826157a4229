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
}
