import ArgumentParser
import HooksimClient

struct ClockCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clock",
        abstract: "Show, freeze, advance and resume a running simulator's virtual clock.",
        discussion: """
            Example: hooksim clock freeze && hooksim clock advance 90m
            Advancing sends all that falls due on the way, each delivery at its own instant, and returns when all of it has finished.
            """,
        subcommands: [Show.self, Freeze.self, Advance.self, Resume.self],
        defaultSubcommand: Show.self)

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show the clock.", discussion: "Example: hooksim clock show")

        @OptionGroup var control: ControlOptions

        func run() async throws {
            ClockCommand.print(try await control.withClient { try await $0.clock() }, control)
        }
    }

    struct Freeze: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Freeze the clock, at an instant or where it is.",
            discussion: "Example: hooksim clock freeze 2025-01-15T09:00:00Z")

        @Argument(help: "The instant; default: now.")
        var instant: String?

        @OptionGroup var control: ControlOptions

        func run() async throws {
            let instant = try instant.map { try ClockCommand.instant($0) }
            ClockCommand.print(try await control.withClient { try await $0.freezeClock(at: instant) }, control)
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
            let advance = try await control.withClient { client in
                if distance == "idle" { return try await client.advanceClockUntilIdle() }
                if let span = try? TimeSpan(distance) {
                    return try await client.advanceClock(by: .milliseconds(span.milliseconds))
                }
                return try await client.advanceClock(to: try ClockCommand.instant(distance))
            }
            guard control.output == .text else { return Terminal.line(advance.json.description) }
            Terminal.line("\(advance.now)  attempts: \(advance.attempts)  pending: \(advance.pending)")
        }
    }

    struct Resume: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let the clock run on from where it stands.", discussion: "Example: hooksim clock resume")

        @OptionGroup var control: ControlOptions

        func run() async throws {
            ClockCommand.print(try await control.withClient { try await $0.resumeClock() }, control)
        }
    }

    /// Returns the instant of an argument.
    ///
    /// - Throws: ``CommandFailure`` if the text is not an instant.
    fileprivate static func instant(_ text: String) throws -> Timestamp {
        do {
            return try Timestamp(iso8601: text)
        } catch {
            throw CommandFailure(description: "\(text) \(error)", status: 2)
        }
    }

    fileprivate static func print(_ clock: ClockReading, _ control: ControlOptions) {
        switch control.output {
        case .json: Terminal.line(clock.json.description)
        case .text: Terminal.line("\(clock.now)  \(clock.mode.rawValue)")
        }
    }
}
