import StrictJSON
import Synchronization
import Webhooks

/// The settings in force, and those that the simulator started with.
final class SettingsState: Sendable {
    /// The settings that a reset restores.
    let initial: Settings
    private let state: Mutex<Settings>

    init(_ settings: Settings) {
        initial = settings
        state = Mutex(settings)
    }

    var current: Settings { state.withLock { $0 } }

    /// Applies a patch and returns all settings.
    ///
    /// - Throws: a ``ValidationFailure`` if a setting is invalid; no setting is changed then.
    func apply(_ patch: JSONObject) throws -> Settings {
        try state.withLock { settings in
            try settings.apply(patch)
            return settings
        }
    }

    func reset() { state.withLock { $0 = initial } }
}
