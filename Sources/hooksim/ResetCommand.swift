import ArgumentParser
import HooksimClient
import StrictJSON

struct ResetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reset",
        abstract: "Empty a running simulator; the settings return to those given at start.",
        discussion: "Example: hooksim reset --client-id shop-tests")

    @Option(help: "Empty only what this client owns.")
    var clientID: String?

    @OptionGroup var control: ControlOptions

    func run() async throws {
        let message = try await control.withClient { try await $0.reset(clientID: clientID) }
        switch control.output {
        case .json: Terminal.line((["message": .string(message)] as JSON).description)
        case .text: Terminal.line(message)
        }
    }
}
