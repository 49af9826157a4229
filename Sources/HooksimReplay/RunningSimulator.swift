package import HooksimClient
package import HooksimServer

/// A simulator that runs already: it is neither stopped nor restarted.
package struct RunningSimulator: ScenarioTarget {
    private let transport: HTTPTransport
    package let adminToken: String?
    package let isShared = true

    package init(url: String, adminToken: String?) {
        transport = HTTPTransport(url: url)
        self.adminToken = adminToken
    }

    package func open(_ request: ClientRequest) async throws -> OpenResponse { try await transport.open(request) }

    package func restart(_ restart: ScenarioRestart) async throws {
        throw SimulatorError(description: "restart needs a simulator of the scenario's own; run it without --against")
    }

    package func stop() {}
}
