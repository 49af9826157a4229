import Webhooks

/// The operation that changes settings.
struct ChangeSettings: Sendable {
    let runner: OperationRunner
    let settings: SettingsState

    /// Returns all settings as they are then.
    ///
    /// - Throws: a ``ValidationFailure``; then nothing was changed.
    func run(_ patch: JSONObject) async throws -> Settings {
        try await runner.run { (try settings.apply(patch), OperationEffects(isWorkerWoken: true)) }
    }
}
