package import Webhooks

/// The simulator that a scenario runs against: one of its own, or one that runs already.
package protocol ScenarioTarget: Sendable {
    var url: String { get async }
    /// The control API's token, where one is set.
    var adminToken: String? { get async }
    /// Whether others use it as well: then the scenario keeps to a partner of its own and gives the clock back.
    var isShared: Bool { get async }

    /// Stops and starts again on the same store.
    /// - Throws: a ``SimulatorError`` when this simulator is not ours to stop.
    func restart(_ restart: ScenarioRestart) async throws
    func stop() async
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
