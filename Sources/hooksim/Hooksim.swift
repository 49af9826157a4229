import ArgumentParser
import Webhooks

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

@main
struct Hooksim: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hooksim",
        abstract: "A local simulator of a payments company's Webhooks API.",
        discussion: """
            Start it with `hooksim serve`, point your client at http://127.0.0.1:8080, and fire an event with \
            `hooksim trigger invoice_paid`.
            """,
        version: HooksimVersion.current,
        subcommands: [
            ServeCommand.self, TriggerCommand.self, ListenCommand.self, EventsCommand.self, FaultsCommand.self,
            TopicsCommand.self, ReplayCommand.self, RecordCommand.self,
            ClockCommand.self, ResetCommand.self, BackupCommand.self, DoctorCommand.self, HealthCommand.self,
        ])

    static func main() async {
        reserveStandardStreams()
        Interruption.install()
        do {
            try SubcommandCheck.check(CommandLine.arguments.dropFirst(), of: Self.self)
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch let error as CommandFailure {
            Terminal.error(error.description)
            endProgram(error.status)
        } catch {
            // Usage errors exit with 2, as in shells and most tools; help and version exit with 0.
            let status = exitCode(for: error)
            let text = fullMessage(for: error)
            // The text of a bare exit status is empty.
            if !text.isEmpty { Terminal.write(text + "\n", to: status == .success ? .standardOutput : .standardError) }
            endProgram(status == .validationFailure ? 2 : status.rawValue)
        }
    }
}

/// The error of a command that failed, with a message of one line.
struct CommandFailure: Error, CustomStringConvertible {
    let description: String
    /// The exit status: 1 if the command failed, 2 if the usage is wrong.
    var status: Int32 = 1
}

/// Ends the program. `exit` of the system has the name of a member of commands.
private func endProgram(_ status: Int32) -> Never { exit(status) }
