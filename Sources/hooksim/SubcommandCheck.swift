import ArgumentParser
import Webhooks

/// Checks the names of subcommands before arguments are parsed. ArgumentParser takes a name that it does not know as an
/// argument of the default subcommand, and says only that it is unexpected.
enum SubcommandCheck {
    /// Checks the names at the beginning of the arguments.
    ///
    /// - Throws: ``CommandFailure`` that suggests the name which was probably meant.
    static func check(_ arguments: some Collection<String>, of command: any ParsableCommand.Type) throws {
        let subcommands = command.configuration.subcommands
        guard let name = arguments.first, !subcommands.isEmpty, !name.hasPrefix("-") else { return }
        if name == "help", command == Hooksim.self { return try check(arguments.dropFirst(), of: command) }
        if let subcommand = subcommands.first(where: { names(of: $0).contains(name) }) {
            return try check(arguments.dropFirst(), of: subcommand)
        }
        let known = subcommands.filter { $0.configuration.shouldDisplay }.map { $0._commandName }
        let parent = command == Hooksim.self ? "" : "\(command._commandName) "
        let hint =
            Suggestion.nearest(to: name, among: known).map { "did you mean \(parent)\($0)?" }
            ?? "they are \(known.joined(separator: ", "))"
        throw CommandFailure(
            description: "there is no command \(parent)\(Terminal.sanitized(name)); \(hint)", status: 2)
    }

    private static func names(of command: any ParsableCommand.Type) -> [String] {
        [command._commandName] + command.configuration.aliases
    }
}
