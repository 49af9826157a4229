import ArgumentParser
import FoundationEssentials
import HooksimClient

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The options of every command that sends requests to a running simulator.
struct ControlOptions: ParsableArguments {
    @Option(help: "The simulator's address (environment HOOKSIM_URL; default http://127.0.0.1:8080).")
    var url: String?

    @Option(help: "The control API's token, where one is set (environment HOOKSIM_ADMIN_TOKEN).")
    var adminToken: String?

    @Option(help: "A PEM file with the authority of an https simulator (environment HOOKSIM_CA_FILE).")
    var caFile: String?

    @Option(help: "text for people, json for machines.")
    var output = OutputFormat.text

    /// Runs `body` with a client of the simulator that the options and the environment name, and returns its result.
    ///
    /// - Throws: ``CommandFailure`` for a wrong option or a failed request, or any other error that `body` throws.
    func withClient<Value>(_ body: (ControlClient) async throws -> Value) async throws -> Value {
        let client = try client()
        do {
            return try await body(client)
        } catch let error as HooksimError {
            throw CommandFailure(error)
        }
    }

    private func client() throws -> ControlClient {
        let variable = { (name: String) in getenv(name).map { String(cString: $0) } }
        let url = self.url ?? variable("HOOKSIM_URL") ?? "http://127.0.0.1:8080"
        guard url.hasPrefix("http://") || url.hasPrefix("https://") else {
            throw CommandFailure(description: "--url must start with http:// or https://, not \(url)", status: 2)
        }
        let adminToken = self.adminToken ?? variable("HOOKSIM_ADMIN_TOKEN")
        guard let path = caFile ?? variable("HOOKSIM_CA_FILE") else {
            return ControlClient(url: url, adminToken: adminToken)
        }
        do {
            let authority = String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
            return try ControlClient(url: url, adminToken: adminToken, certificateAuthority: authority)
        } catch {
            throw CommandFailure(description: "\(path) has no certificate in PEM that can be read", status: 2)
        }
    }
}

enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    case text, json
}

extension CommandFailure {
    /// Creates the failure of a request, with a message that names options instead of requests.
    init(_ error: HooksimError) {
        switch error {
        case .notReachable(let url, _):
            self.init(
                description:
                    "no simulator responds at \(url); start one with `hooksim serve`, or name its address with --url or HOOKSIM_URL"
            )
        case .refused(let refusal):
            // Statuses 400 and 422 mean that an argument has no valid value, which is a usage error.
            self.init(description: refusal.message, status: [400, 422].contains(refusal.status) ? 2 : 1)
        case .otherService, .unexpectedResponse, .expectationNotMet:
            self.init(description: error.description)
        }
    }
}

extension Topic {
    /// Creates the topic of an argument.
    ///
    /// - Throws: ``CommandFailure`` that names the topics.
    init(argument text: String, of option: String) throws {
        do {
            self = try Topic(checking: text)
        } catch {
            throw CommandFailure(description: "\(option) \(text) \(error)", status: 2)
        }
    }
}
