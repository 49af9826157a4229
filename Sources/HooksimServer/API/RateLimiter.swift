import Synchronization
import Webhooks

/// Limits the number of requests of one client in any second of virtual time.
final class RateLimiter: Sendable {
    private let clock: SimulatedClock
    private let settings: SettingsState
    /// The instants of each client's last admitted requests, oldest first.
    private let admitted = Mutex<[Int: [Timestamp]]>([:])

    init(clock: SimulatedClock, settings: SettingsState) {
        self.clock = clock
        self.settings = settings
    }

    /// Admits a request of a client.
    ///
    /// - Throws: an ``APIError`` of 429, with the whole seconds to wait, if the client has reached the limit.
    func admit(client: Int) throws {
        guard let limit = settings.current.rateLimit else { return }
        let (mode, now) = clock.read()
        let seconds = wait(of: client, at: now, limit: limit)
        if let seconds { throw APIError.tooManyRequests(retryAfter: seconds, isClockFrozen: mode == .frozen) }
    }

    /// Counts a request and returns `nil`, or returns the whole seconds until the next one is admitted.
    private func wait(of client: Int, at now: Timestamp, limit: Int) -> Int? {
        admitted.withLock { admitted in
            // The clock may have been moved back; instants after its current one do not count.
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

    /// Forgets the requests of all clients, or of one: the row number of a removed client may be reused.
    func clear(client: Int? = nil) {
        admitted.withLock { admitted in
            if let client { admitted[client] = nil } else { admitted = [:] }
        }
    }
}
