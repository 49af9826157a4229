import AsyncHTTPClient
package import HooksimServer
import NIOCore
import NIOHTTP1

/// A simulator that runs already: it is neither stopped nor restarted.
package struct RunningSimulator: ScenarioTarget {
    private let url: String
    package let adminToken: String?
    package let isShared = true

    package init(url: String, adminToken: String?) {
        self.url = url
        self.adminToken = adminToken
    }

    package func send(_ request: ScenarioRequest) async throws -> ScenarioResponse { try await request.send(to: url) }

    package func restart(_ restart: ScenarioRestart) async throws {
        throw SimulatorError(description: "restart needs a simulator of the scenario's own; run it without --against")
    }

    package func stop() {}
}

extension ScenarioRequest {
    /// Sends it to the simulator at that URL, and returns the whole response.
    func send(to url: String) async throws -> ScenarioResponse {
        var request = HTTPClientRequest(url: url + path)
        request.method = method
        request.headers = headers
        if let body { request.body = .bytes(body) }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(3600))
        let bytes = try await response.body.collect(upTo: ScenarioResponse.maxBody)
        return ScenarioResponse(
            status: Int(response.status.code), headers: response.headers, body: Array(bytes.readableBytesView))
    }
}
