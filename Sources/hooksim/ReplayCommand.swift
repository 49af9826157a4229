import ArgumentParser
import FoundationEssentials
import HooksimReplay
import HooksimScenarios
import HooksimServer
import Webhooks

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

struct ReplayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Run scenarios, each in a fresh simulator of its own.",
        discussion: """
            Example: hooksim replay fixtures/scenarios/*.yaml --jobs 2 --junit report.xml
            Exit 0: all held. Exit 1: an expectation failed. Exit 2: a file or the usage is wrong.
            """)

    @Argument(help: "Scenario files, YAML or JSON.", completion: .file(extensions: ["yaml", "yml", "json"]))
    var files: [String]
    @Option(help: "How many scenarios run at once.")
    var jobs = 1
    @Option(help: "Draw ids, jitter and fault samples from this seed instead of the files' own.")
    var seed: UInt64?
    @Option(help: "Run only the scenarios of this name; may be repeated.")
    var only: [String] = []
    @Flag(help: "Run the steps after a failed one as well.")
    var keepGoing = false
    @Flag(help: "Check the files, and run nothing.")
    var check = false
    @Option(help: "Write a JUnit report to this file.")
    var junit: String?
    @Option(help: "Write the attempt logs to this file, one JSON object a line.")
    var journal: String?
    @Option(help: "Run against this simulator instead of fresh ones.")
    var against: String?
    @Option(help: "That simulator's admin token, where one is set (environment HOOKSIM_ADMIN_TOKEN).")
    var adminToken: String?
    @Option(help: "A PEM file with the authority of that simulator, where it has https (environment HOOKSIM_CA_FILE).")
    var caFile: String?
    @Option(help: "text for people, json for machines.")
    var output = OutputFormat.text

    private struct Entry: Sendable {
        let file: String
        let name: String
        let scenario: Scenario
    }

    func validate() throws {
        guard !files.isEmpty else { throw ValidationError("Name at least one scenario file.") }
        guard (1...64).contains(jobs) else { throw ValidationError("--jobs must be from 1 to 64.") }
    }

    func run() async throws {
        for path in [journal, junit].compactMap(\.self) { try OutputFile.checkPath(path) }
        let entries = try load()
        guard !check else {
            let count = entries.count == 1 ? "1 scenario is" : "\(entries.count) scenarios are"
            return Terminal.line(output == .json ? #"{"valid":\#(entries.count)}"# : "\(count) valid")
        }
        if let against { try await address(against).check() }
        let printer = ReplayPrinter(
            format: output, showsSteps: output == .text,
            // In a pipe, the lines of the steps show the progress already.
            bar: entries.count > 1 && Terminal.takesEscapeCodes(.standardError)
                ? ProgressBar(total: entries.count, unit: "scenarios") : nil)
        // An interruption also stops the programs and the simulators that the scenarios have started.
        let ordered = try await Interruption.cancelling { try await reports(entries, printer) }
        if let journal { try OutputFile.write(ReplayPrinter.attemptLog(ordered), to: journal) }
        if let junit {
            var report = JUnitReport()
            for (scenario, entry) in zip(ordered, entries) { report.add(scenario, file: entry.file) }
            try OutputFile.write(report.xml, to: junit)
        }
        printer.summary(ordered)
        if ordered.contains(where: { !$0.isPassed }) { throw ExitCode(1) }
    }

    /// Runs all scenarios, and returns their reports in the order of the files, whatever order they end in.
    private func reports(_ entries: [Entry], _ printer: ReplayPrinter) async throws -> [ScenarioReport] {
        var reports: [Int: ScenarioReport] = [:]
        try await withThrowingTaskGroup(of: (Int, ScenarioReport).self) { group in
            var next = 0
            while next < min(jobs, entries.count) {
                group.addTask { [next] in (next, try await report(entries[next], printer)) }
                next += 1
            }
            while let (index, report) = try await group.next() {
                reports[index] = report
                guard next < entries.count else { continue }
                group.addTask { [next] in (next, try await self.report(entries[next], printer)) }
                next += 1
            }
        }
        return entries.indices.compactMap { reports[$0] }
    }

    /// Reads all files before a scenario runs, and reports the problems of all files together.
    ///
    /// - Throws: An exit code of 2 after the problems are printed, or ``CommandFailure`` if no scenario is selected.
    private func load() throws -> [Entry] {
        var entries: [Entry] = []
        var problems: [(file: String, text: String)] = []
        for path in files {
            var file = path
            do {
                let input = try InputFile(path: path)
                file = input.name
                var scenario = try ScenarioFile.parse(try input.text(), from: .file)
                if let seed { scenario.seed = seed }
                let name = scenario.name ?? URL(filePath: file).deletingPathExtension().lastPathComponent
                if only.isEmpty || only.contains(name) {
                    entries.append(Entry(file: file, name: name, scenario: scenario))
                }
            } catch let error as ScenarioProblems {
                problems.append((file, error.description(file: file)))
            } catch let failure as CommandFailure {
                problems.append((file, failure.description))
            }
        }
        guard problems.isEmpty else {
            if let junit {
                var report = JUnitReport()
                for problem in problems { report.add(file: problem.file, problem: problem.text) }
                try OutputFile.write(report.xml, to: junit)
            }
            Terminal.write(problems.map(\.text).joined(separator: "\n") + "\n", to: .standardError)
            throw ExitCode(2)
        }
        guard !entries.isEmpty else {
            throw CommandFailure(description: "no scenario is named \(only.joined(separator: " or "))", status: 2)
        }
        return entries
    }

    private func report(_ entry: Entry, _ printer: ReplayPrinter) async throws -> ScenarioReport {
        let target: any ScenarioTarget
        do {
            target = try await self.target(entry.scenario)
        } catch let error as StepFailure {
            throw CommandFailure(description: error.description)
        }
        let runner = ScenarioRunner(
            entry.scenario, name: entry.name, target: target, startProgram: { try await ReceiverProgram.start($0) }
        ) { step in
            if jobs == 1 || files.count == 1 { printer.step(step, of: entry.name, file: entry.file) }
        }
        if jobs == 1 { printer.begin(entry.name) }
        let report = await runner.run(keepsGoing: keepGoing)
        if jobs > 1, files.count > 1 { printer.all(report, file: entry.file) }
        printer.end()
        return report
    }

    private func target(_ scenario: Scenario) async throws -> any ScenarioTarget {
        guard let against else {
            return try await SimulatorProcess(executable: OwnExecutable.path, scenario: scenario)
        }
        let address = try address(against)
        guard let authority = address.authority else {
            return RunningSimulator(url: address.url, adminToken: address.adminToken)
        }
        return try RunningSimulator(
            url: address.url, adminToken: address.adminToken, certificateAuthority: authority)
    }

    private func address(_ against: String) throws -> SimulatorAddress {
        try SimulatorAddress(url: against, adminToken: adminToken, authorityFile: caFile)
    }
}
