import ArgumentParser
import HooksimClient
import Webhooks

/// The options of every command that sends requests to a running simulator.
struct ControlOptions: ParsableArguments {
    @Option(
        help:
            "The simulator's address (environment HOOKSIM_URL; default: the address that HOOKSIM_HOST, HOOKSIM_PORT and the other variables of serve stand for, http://127.0.0.1:8080)."
    )
    var url: String?

    @Option(help: "The control API's token, where one is set (environment HOOKSIM_ADMIN_TOKEN).")
    var adminToken: String?

    @Option(help: "A PEM file with the authority of an https simulator (environment HOOKSIM_CA_FILE).")
    var caFile: String?

    @Option(help: "text for people, json for machines.")
    var output = OutputFormat.text

    /// Runs `body` with a client of the simulator that the options and the environment name, and returns its result.
    ///
    /// - Parameters:
    ///   - server: The options of the `serve` whose address is used without `--url`; by default those in the environment.
    ///   - body: A closure that sends requests.
    /// - Throws: ``CommandFailure`` for a wrong option or a failed request, or any other error that `body` throws.
    func withClient<Value>(
        of server: GivenOptions? = nil, _ body: (ControlClient) async throws -> Value
    ) async throws -> Value {
        EnvironmentVariables.noteMisspelt()
        let address = try SimulatorAddress(url: url, adminToken: adminToken, authorityFile: caFile, of: server)
        do {
            return try await body(address.client())
        } catch let error as HooksimError {
            throw await address.failure(error)
        }
    }
}

enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    case text, json
}

extension Topic {
    /// Creates the topic of an argument.
    ///
    /// - Throws: ``CommandFailure`` that names the topics.
    init(argument text: String, of option: String) throws {
        do {
            self = try Topic(checking: text)
        } catch {
            let names = Topic.allCases.map(\.rawValue)
            let hint = Suggestion.hint(for: text, among: names, orElse: "one of \(names.joined(separator: ", "))")
            throw CommandFailure(description: "\(option) \(Terminal.sanitized(text)) is not known; \(hint)", status: 2)
        }
    }
}
