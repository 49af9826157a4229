import ArgumentParser
import FoundationEssentials
import HooksimClient
import HooksimServer
import StrictJSON

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Check what a simulator needs here, and print what support would ask.",
        discussion: """
            Example: hooksim doctor --port 8080 --store sandbox.db
            Changes nothing. Exit 0 when all is well, 1 when something would keep a simulator from working. There is no secret in \
            what is printed.
            """)

    @Option(help: "The address that serve would listen on (environment HOOKSIM_HOST).")
    var host: String?
    @Option(help: "The port that serve would listen on (environment HOOKSIM_PORT).")
    var port: String?
    @Option(help: "The store that serve would use (environment HOOKSIM_STORE).")
    var store: String?
    @Option(help: "The file of options that serve would read (environment HOOKSIM_CONFIG).")
    var config: String?
    @OptionGroup var control: ControlOptions

    func run() async throws {
        EnvironmentVariables.noteMisspelt()
        let given = try GivenOptions(
            arguments: ["host": host, "port": port, "store": store].compactMapValues { $0.map { [$0] } }, file: config)
        let findings = [
            Self.program(), try await portFinding(given), Self.storeFinding(given.text("store") ?? ":memory:"),
            Self.clock(), Self.limits(), Self.variables(),
        ]
        switch control.output {
        case .json:
            let checks = findings.map { finding in
                JSON.object(
                    JSONObject([
                        ("check", .string(finding.name)), ("ok", .bool(finding.problems.isEmpty)),
                        ("facts", .array(finding.facts.map(JSON.string))),
                        ("problems", .array(finding.problems.map(JSON.string))),
                    ]))
            }
            let isWell = findings.allSatisfy(\.problems.isEmpty)
            Terminal.line((["ok": .bool(isWell), "checks": .array(checks)] as JSON).description)
        case .text:
            for finding in findings {
                let mark =
                    finding.problems.isEmpty ? Terminal.coloured("ok  ", .green) : Terminal.coloured("BAD ", .red)
                Terminal.line("\(mark) \(finding.name)")
                for line in finding.problems + finding.facts { Terminal.line("       \(line)") }
            }
        }
        if !findings.allSatisfy(\.problems.isEmpty) { throw ExitCode(1) }
    }

    private struct Finding {
        let name: String
        var facts: [String] = []
        var problems: [String] = []
    }

    private static func program() -> Finding {
        var system = utsname()
        uname(&system)
        let text = { (bytes: UnsafeRawBufferPointer) in String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self) }
        let name = withUnsafeBytes(of: &system.sysname, text)
        let release = withUnsafeBytes(of: &system.release, text)
        let machine = withUnsafeBytes(of: &system.machine, text)
        return Finding(
            name: "version",
            facts: [
                "hooksim \(HooksimVersion.current), SQLite \(StoreDiagnosis.sqliteVersion)",
                "\(name) \(release), \(machine), \(sysconf(Int32(_SC_NPROCESSORS_ONLN))) processors",
            ])
    }

    /// Returns whether the port is free, or a simulator listens on it already.
    private func portFinding(_ given: GivenOptions) async throws -> Finding {
        var simulator = SimulatorOptions()
        simulator.host = given.text("host") ?? simulator.host
        simulator.port = try given.number("port", in: 0...65535) ?? 8080
        var finding = Finding(name: "port \(simulator.host):\(simulator.port)")
        if simulator.port != 0, let health = try? await control.withClient(of: given, { try await $0.health() }) {
            finding.facts.append("a simulator responds there, version \(health.version)")
            return finding
        }
        // The simulator is started only to bind the port; a random token keeps other programs from using it.
        simulator.adminToken = UUID().uuidString
        do {
            try await Simulator.start(simulator).stop()
            finding.facts.append("free")
        } catch {
            finding.problems.append("\(error)")
        }
        return finding
    }

    private static func storeFinding(_ store: String) -> Finding {
        let diagnosis = StoreDiagnosis(path: store)
        return Finding(name: "store \(store)", facts: diagnosis.facts, problems: diagnosis.problems)
    }

    /// Returns the variables that no command reads. They may belong to other programs, so they are no problem.
    private static func variables() -> Finding {
        let unknown = EnvironmentVariables.unknown
        return Finding(
            name: "environment",
            facts: [unknown.isEmpty ? "no unknown variable" : "not read by hooksim: \(unknown.joined(separator: ", "))"]
        )
    }

    private static func clock() -> Finding {
        var finding = Finding(name: "clock")
        let now = SimulatedClock().now
        finding.facts.append("\(now)")
        // The program did not exist before this date.
        if let earliest = try? Timestamp(iso8601: "2025-01-01"), now < earliest {
            finding.problems.append("the system's clock is in the past; certificates and dates will be wrong")
        }
        return finding
    }

    /// The minimum number of file descriptors: each delivery in progress and each client needs one.
    private static let fewestFiles = 1024

    private static func limits() -> Finding {
        var finding = Finding(name: "limits")
        guard let limit = OpenFileLimit() else { return finding }
        finding.facts.append("\(limit.current) open files, \(limit.max) at most")
        if limit.max < fewestFiles {
            finding.problems.append("too few open files are allowed; run ulimit -n \(fewestFiles)")
        }
        return finding
    }
}
