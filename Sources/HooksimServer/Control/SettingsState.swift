import Synchronization
import Webhooks

/// The settings in force, and those that the simulator started with.
final class SettingsState: Sendable {
    /// Those that a reset returns to.
    let initial: Settings
    private let state: Mutex<Settings>

    init(_ settings: Settings) {
        initial = settings
        state = Mutex(settings)
    }

    var current: Settings { state.withLock { $0 } }

    /// - Throws: a ``ValidationFailure``; then nothing was changed.
    func apply(_ patch: JSONObject) throws -> Settings {
        try state.withLock { settings in
            try settings.apply(patch)
            return settings
        }
    }

    func reset() { state.withLock { $0 = initial } }
}
