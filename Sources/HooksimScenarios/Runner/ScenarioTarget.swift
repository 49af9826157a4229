package import HooksimClient
import StrictJSON
package import Webhooks

/// The simulator that a scenario runs against: one of its own, or one that is already running.
package protocol ScenarioTarget: ClientTransport {
    /// The admin token of the control API; `nil` if none is set.
    var adminToken: String? { get }
    /// Whether other clients use the simulator too.
    ///
    /// The scenario then uses a partner of its own, and restores the clock.
    var isShared: Bool { get async }

    /// Stops the simulator and starts it again on the same store.
    ///
    /// - Throws: a ``StepFailure`` if the scenario can't stop this simulator.
    func restart(_ restart: ScenarioRestart) async throws
    /// Stops the simulator, if it is the scenario's own.
    func stop() async
}

extension ClientResponse {
    var json: JSON { (try? JSON(parsing: body)) ?? .null }
    var message: String { json["message"]?.string ?? "status \(status)" }
}

/// The state with which a simulator starts again.
///
/// It is the state before the restart, so that pending deliveries are sent under the same rules.
package struct ScenarioRestart: Sendable {
    /// Whether the simulator is killed instead of stopped gracefully.
    package let isKill: Bool
    /// The instant at which the clock is frozen.
    package let instant: Timestamp
    /// The settings in force.
    package let settings: JSONObject
    /// The fault rules, as bodies of `POST /__admin/faults`.
    package let faults: [JSON]
}
