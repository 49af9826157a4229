import ArgumentParser
import Webhooks

struct HealthCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "health",
        abstract: "Exit 0 when the simulator answers; for container health checks.",
        discussion: "Example: hooksim health --url http://127.0.0.1:8080")

    @OptionGroup var control: ControlOptions

    func run() async throws {
        let health = try await ControlClient.with(control) { try await $0.get("/__admin/health") }
        switch control.output {
        case .json: Terminal.line(health.description)
        case .text: Terminal.line("\(health["status"]?.string ?? "?"), version \(health["version"]?.string ?? "?")")
        }
    }
}
