import ArgumentParser
import Webhooks

struct ResetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reset",
        abstract: "Empty a running simulator; the settings return to those given at start.",
        discussion: "Example: hooksim reset --client-id shop-tests")

    @Option(help: "Empty only what this client owns.")
    var clientID: String?

    @OptionGroup var control: ControlOptions

    func run() async throws {
        let body: JSON = clientID.map { ["client_id": .string($0)] } ?? [:]
        let answer = try await ControlClient.with(control) { try await $0.post("/__admin/reset", body) }
        switch control.output {
        case .json: Terminal.line(answer.description)
        case .text: Terminal.line(answer["message"]?.string ?? "")
        }
    }
}
