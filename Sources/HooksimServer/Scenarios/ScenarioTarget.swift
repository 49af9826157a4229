package import Webhooks

/// The simulator that a scenario runs against: one of its own, or one that runs already.
package protocol ScenarioTarget: Sendable {
    var url: String { get async }
    var clientID: String { get async }
    var clientSecret: String { get async }

    /// Stops and starts again on the same store, at the same instant.
    /// - Throws: a ``SimulatorError`` when this simulator is not ours to stop.
    func restart(isKill: Bool, at instant: Timestamp) async throws
    func stop() async
}
