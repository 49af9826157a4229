import Logging
import ServiceLifecycle
import Webhooks

/// Removes what the settings no longer retain: the oldest final events with their attempts, and the oldest attempts.
///
/// Removal happens in small writes that share their commit with others, so that no write waits long, however much there
/// is to remove.
final class Retention: Service {
    private static let pause = Duration.seconds(10)
    /// The number of rows that one write examines, which takes the store some milliseconds.
    private static let batch = 500

    private let store: Store
    private let settings: SettingsState
    private let logger: Logger

    init(store: Store, settings: SettingsState, logger: Logger) {
        self.store = store
        self.settings = settings
        self.logger = logger
    }

    func run() async throws {
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            await cancelWhenGracefulShutdown { try? await Task.sleep(for: Self.pause) }
            do {
                try await sweep()
            } catch {
                logger.error("old events can't be removed; trying again later", metadata: ["error": "\(error)"])
            }
        }
    }

    /// Removes everything that exceeds the present limits.
    func sweep() async throws {
        let settings = settings.current
        while let keep = settings.retentionAttempts, !Task.isShuttingDownGracefully,
            try await store.write({
                try AttemptTable.removeOldest(keeping: keep, limit: Self.batch, $0) == Self.batch
            })
        {}
        var swept = 0
        while let keep = settings.retentionEvents, !Task.isShuttingDownGracefully,
            let last = try await store.write({ [swept] in
                try EventTable.removeFinal(after: swept, keeping: keep, limit: Self.batch, $0)
            })
        { swept = last }
    }
}
