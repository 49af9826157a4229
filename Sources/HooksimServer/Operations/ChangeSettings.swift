import StrictJSON
import Webhooks

/// The operation that changes settings.
struct ChangeSettings: Sendable {
    let runner: OperationRunner
    let settings: SettingsState

    /// Applies a patch and returns all settings.
    ///
    /// - Throws: a ``ValidationFailure`` if a setting is invalid; no setting is changed then.
    func run(_ patch: JSONObject) async throws -> Settings {
        try await runner.run { (try settings.apply(patch), OperationEffects(isWorkerWoken: true)) }
    }
}
