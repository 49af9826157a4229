package import NIOCore
package import NIOHTTP1
package import Webhooks

/// The simulator that a scenario runs against: one of its own, or one that runs already.
package protocol ScenarioTarget: Sendable {
    /// The control API's token, where one is set.
    var adminToken: String? { get async }
    /// Whether others use it as well: then the scenario keeps to a partner of its own and gives the clock back.
    var isShared: Bool { get async }

    /// Sends a request over HTTP, and returns the whole response.
    /// - Throws: when there is none.
    func send(_ request: ScenarioRequest) async throws -> ScenarioResponse
    /// Stops and starts again on the same store.
    /// - Throws: a ``SimulatorError`` when this simulator is not ours to stop.
    func restart(_ restart: ScenarioRestart) async throws
    func stop() async
}

/// A request of a scenario, to whatever simulator it runs against.
package struct ScenarioRequest: Sendable {
    package let method: HTTPMethod
    /// With its query.
    package let path: String
    package let headers: HTTPHeaders
    package let body: ByteBuffer?
}

/// The response to a ``ScenarioRequest``.
package struct ScenarioResponse: Sendable {
    package let status: Int
    package let headers: HTTPHeaders
    package let body: [UInt8]

    /// The longest body that is read, in bytes.
    package static let maxBody = 1 << 28

    package init(status: Int, headers: HTTPHeaders, body: [UInt8]) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    var json: JSON { (try? JSON(parsing: body)) ?? .null }
    var message: String { json["message"]?.string ?? "status \(status)" }
}

/// How a simulator is to start again: as it was, so that what was in flight goes out under the same rules.
package struct ScenarioRestart: Sendable {
    package let isKill: Bool
    /// Where its clock stands.
    package let instant: Timestamp
    package let settings: JSONObject
    /// Bodies of `POST /__admin/faults`.
    package let faults: [JSON]
}
