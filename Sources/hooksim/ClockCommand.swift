import ArgumentParser
import Webhooks

struct ClockCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clock",
        abstract: "Show, freeze, advance and resume a running simulator's virtual clock.",
        discussion: """
            Example: hooksim clock freeze && hooksim clock advance 90m
            Advancing sends all that falls due on the way, each delivery at its own instant, and returns when all has settled.
            """,
        subcommands: [Show.self, Freeze.self, Advance.self, Resume.self],
        defaultSubcommand: Show.self)

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show the clock.", discussion: "Example: hooksim clock show")

        @OptionGroup var control: ControlOptions

        func run() async throws {
            ClockCommand.print(try await ControlClient.with(control) { try await $0.get("/__admin/clock") }, control)
        }
    }

    struct Freeze: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let the clock stand still, at an instant or where it is.",
            discussion: "Example: hooksim clock freeze 2025-01-15T09:00:00Z")

        @Argument(help: "The instant; default: now.")
        var instant: String?

        @OptionGroup var control: ControlOptions

        func run() async throws {
            var body = JSONObject([("mode", "frozen")])
            if let instant { body["now"] = .string(instant) }
            let request = JSON.object(body)
            ClockCommand.print(
                try await ControlClient.with(control) { try await $0.put("/__admin/clock", request) }, control)
        }
    }

    struct Advance: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Move the frozen clock forward.",
            discussion: """
                Example: hooksim clock advance 90m
                Example: hooksim clock advance 2025-01-15T12:00:00Z
                Example: hooksim clock advance idle
                """)

        @Argument(help: "A duration, an instant, or idle: until nothing more is due.")
        var distance: String

        @OptionGroup var control: ControlOptions

        func run() async throws {
            let body: JSON =
                distance == "idle"
                ? ["until": "idle"]
                : (try? TimeSpan(distance)) != nil ? ["by": .string(distance)] : ["to": .string(distance)]
            let answer = try await ControlClient.with(control) {
                try await $0.post("/__admin/clock/advance", body, timeout: 3600)
            }
            guard control.output == .text else { return Terminal.line(answer.description) }
            let (attempts, pending) = (answer["attempts"]?.integer ?? 0, answer["pending"]?.integer ?? 0)
            Terminal.line("\(answer["now"]?.string ?? "?")  attempts: \(attempts)  pending: \(pending)")
        }
    }

    struct Resume: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let the clock run on from where it stands.", discussion: "Example: hooksim clock resume")

        @OptionGroup var control: ControlOptions

        func run() async throws {
            ClockCommand.print(
                try await ControlClient.with(control) { try await $0.put("/__admin/clock", ["mode": "real"]) }, control)
        }
    }

    fileprivate static func print(_ clock: JSON, _ control: ControlOptions) {
        switch control.output {
        case .json: Terminal.line(clock.description)
        case .text: Terminal.line("\(clock["now"]?.string ?? "?")  \(clock["mode"]?.string ?? "?")")
        }
    }
}
