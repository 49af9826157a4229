import Synchronization

/// Limits how often an address may guess the admin token.
///
/// An address with too many wrong guesses is refused for a while, even with the right token: otherwise, the right guess
/// would always be accepted.
final class LoginLimiter: Sendable {
    /// The number of wrong guesses within ``window`` from which on an address is refused.
    static let guesses = 20
    static let window = Duration.seconds(60)
    /// The number of addresses at which those without recent failures are removed. A limit per address does not hold up
    /// a client that has more of them.
    private static let capacity = 10_000

    private let failures = Mutex<[String: [ContinuousClock.Instant]]>([:])

    /// Returns the whole seconds that an address has to wait; `nil` if it may try.
    func retryAfter(for address: String) -> Int? {
        let now = ContinuousClock.now
        return failures.withLock { failures in
            guard let recent = Self.recent(failures[address], now), recent.count >= Self.guesses else { return nil }
            return max(1, Int((recent[recent.count - Self.guesses] + Self.window - now).components.seconds) + 1)
        }
    }

    func noteFailure(of address: String) {
        let now = ContinuousClock.now
        failures.withLock { failures in
            if failures.count >= Self.capacity { failures = failures.compactMapValues { Self.recent($0, now) } }
            failures[address] = (Self.recent(failures[address], now) ?? []).suffix(Self.guesses - 1) + [now]
        }
    }

    private static func recent(
        _ instants: [ContinuousClock.Instant]?, _ now: ContinuousClock.Instant
    ) -> [ContinuousClock.Instant]? {
        let recent = instants?.filter { now - $0 < window } ?? []
        return recent.isEmpty ? nil : recent
    }
}
