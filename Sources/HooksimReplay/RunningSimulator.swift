package import HooksimClient
package import HooksimScenarios

/// A simulator that was started elsewhere. A scenario neither stops nor restarts it.
package struct RunningSimulator: ScenarioTarget {
    private let transport: HTTPTransport
    /// The token of the control API, if it requires one.
    package let adminToken: String?
    /// Always `true`, since other clients may use the simulator as well.
    package let isShared = true

    /// Creates the target from the address of the simulator and the token of its control API.
    package init(url: String, adminToken: String?) {
        transport = HTTPTransport(url: url)
        self.adminToken = adminToken
    }

    /// Creates a target with https.
    ///
    /// - Parameters:
    ///   - url: The address of the simulator.
    ///   - adminToken: The token of its control API, if it requires one.
    ///   - certificateAuthority: The certificate of the authority to trust, in PEM.
    /// - Throws: An error of the TLS library if there is no certificate in that text.
    package init(url: String, adminToken: String?, certificateAuthority: String) throws {
        transport = try HTTPTransport(url: url, certificateAuthority: certificateAuthority)
        self.adminToken = adminToken
    }

    /// Sends a request, and returns once the head of its response has been received.
    package func open(_ request: ClientRequest) async throws -> OpenResponse { try await transport.open(request) }

    /// Throws a `StepFailure`, because the simulator does not belong to the scenario.
    package func restart(_ restart: ScenarioRestart) async throws {
        throw StepFailure("restart needs a simulator of the scenario's own; run it without --against")
    }

    /// Does nothing: the simulator keeps running.
    package func stop() {}
}
