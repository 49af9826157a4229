import Synchronization

/// Bounds how often an address may guess the admin token.
///
/// An address that guessed wrong too often is refused for a while, also with the right token: else the guess that is right would
/// always be let in.
final class LoginLimiter: Sendable {
    /// How many wrong guesses are borne within ``window``.
    static let guesses = 20
    static let window = Duration.seconds(60)
    /// Addresses remembered at once; one who has more of them than that is not held up by a limit per address.
    private static let capacity = 10_000

    private let failures = Mutex<[String: [ContinuousClock.Instant]]>([:])

    /// The whole seconds an address has to wait; `nil` when it may try.
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
