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

    @Option(help: "The address that serve would listen on.")
    var host = "127.0.0.1"
    @Option(help: "The port that serve would listen on.")
    var port: UInt16 = 8080
    @Option(help: "The store that serve would use.")
    var store = ":memory:"
    @OptionGroup var control: ControlOptions

    func run() async throws {
        let findings = [Self.program(), await portFinding(), storeFinding(), Self.clock(), Self.limits()]
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
    private func portFinding() async -> Finding {
        var finding = Finding(name: "port \(host):\(port)")
        var options = control
        options.url = options.url ?? "http://\(host.contains(":") ? "[\(host)]" : host):\(port)"
        if port != 0, let health = try? await options.withClient({ try await $0.health() }) {
            finding.facts.append("a simulator responds there, version \(health.version)")
            return finding
        }
        var simulator = SimulatorOptions()
        simulator.host = host
        simulator.port = Int(port)
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

    private func storeFinding() -> Finding {
        let diagnosis = StoreDiagnosis(path: store)
        return Finding(name: "store \(store)", facts: diagnosis.facts, problems: diagnosis.problems)
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
