import Logging
import ServiceLifecycle
import Synchronization
import Webhooks

/// Removes what the settings no longer keep: the oldest settled events with their attempts, and the oldest attempts.
///
/// A little at a time, in writes that share their commit with others, so that nothing stalls however much there is to remove.
final class Retention: Service {
    private static let pause = Duration.seconds(10)
    /// How many rows one write looks at: some milliseconds of the store's time.
    private static let batch = 500

    private let database: Database
    private let settings: SettingsStore
    private let logger: Logger
    /// Up to which event all that is settled was removed, in the sweep under way.
    private let swept = Mutex(0)

    init(database: Database, settings: SettingsStore, logger: Logger) {
        self.database = database
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

    /// Removes all that is too old by now.
    func sweep() async throws {
        let settings = settings.current
        while let keep = settings.retentionAttempts, !Task.isShuttingDownGracefully,
            try await database.write({ try Self.removeAttempts(keep, $0) })
        {}
        swept.withLock { $0 = 0 }
        while let keep = settings.retentionEvents, !Task.isShuttingDownGracefully,
            try await database.write({ [self] in try removeEvents(keep, $0) })
        {}
    }

    /// Returns whether there may be more to remove.
    private static func removeAttempts(_ keep: Int, _ connection: Connection) throws -> Bool {
        try connection.run(
            """
            DELETE FROM attempts WHERE seq IN
            (SELECT seq FROM attempts WHERE seq <= (SELECT MAX(seq) FROM attempts) - ? ORDER BY seq LIMIT ?)
            """, keep, batch)
        return connection.changes == batch
    }

    /// Returns whether there may be more to remove. An event that is still to be sent is kept, however old.
    private func removeEvents(_ keep: Int, _ connection: Connection) throws -> Bool {
        let start = swept.withLock { $0 }
        let last = try connection.first(
            """
            SELECT MAX(event) FROM (SELECT event FROM events WHERE event > ?1 AND event <= (SELECT MAX(event) FROM events) - ?2
            ORDER BY event LIMIT ?3)
            """, start, keep, Self.batch
        ) { $0.optional(0, $0.integer) }
        guard let last = last.flatMap({ $0 }) else { return false }
        try connection.run("DELETE FROM events WHERE event > ? AND event <= ? AND due_at IS NULL", start, last)
        swept.withLock { $0 = last }
        return true
    }
}
