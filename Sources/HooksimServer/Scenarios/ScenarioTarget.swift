package import HooksimClient
package import Webhooks

/// The simulator that a scenario runs against: one of its own, or one that runs already.
package protocol ScenarioTarget: ClientTransport {
    /// The control API's token, where one is set.
    var adminToken: String? { get }
    /// Whether others use it as well: then the scenario keeps to a partner of its own and gives the clock back.
    var isShared: Bool { get async }

    /// Stops and starts again on the same store.
    /// - Throws: a ``SimulatorError`` when this simulator is not ours to stop.
    func restart(_ restart: ScenarioRestart) async throws
    func stop() async
}

extension ClientResponse {
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
