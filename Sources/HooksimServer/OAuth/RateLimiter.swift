import Synchronization
import Webhooks

/// At most so many requests of one client in any second of the simulated clock.
final class RateLimiter: Sendable {
    private let clock: SimulatedClock
    private let settings: SettingsStore
    /// The instants of each client's last requests that were let in, oldest first.
    private let admitted = Mutex<[Int: [Timestamp]]>([:])

    init(clock: SimulatedClock, settings: SettingsStore) {
        self.clock = clock
        self.settings = settings
    }

    /// Lets a request in and returns `nil`, or returns the whole seconds to wait.
    func wait(for client: Int) -> Int? {
        guard let limit = settings.current.rateLimit else { return nil }
        let now = clock.now
        return admitted.withLock { admitted in
            // The clock may have been moved back; what lies ahead of it does not count.
            var recent = (admitted[client] ?? []).filter { $0 <= now && now - $0 < .seconds(1) }
            defer { admitted[client] = recent }
            guard recent.count >= limit, let oldest = recent.first else {
                recent.append(now)
                return nil
            }
            let wait = oldest + .seconds(1) - now
            return Int((wait.milliseconds + 999) / 1000)
        }
    }

    /// Forgets what all clients did, or one: a removed client's row may be another's next.
    func clear(client: Int? = nil) {
        admitted.withLock { admitted in
            if let client { admitted[client] = nil } else { admitted = [:] }
        }
    }
}
