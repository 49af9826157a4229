import ArgumentParser
import HooksimClient

struct HealthCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "health",
        abstract: "Exit 0 when the simulator responds; for container health checks.",
        discussion: "Example: hooksim health --url http://127.0.0.1:8080")

    @OptionGroup var control: ControlOptions

    func run() async throws {
        let health = try await control.withClient { try await $0.health() }
        switch control.output {
        case .json: Terminal.line(health.json.description)
        case .text: Terminal.line("ok, version \(health.version)")
        }
    }
}
