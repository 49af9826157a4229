import Synchronization

/// The SplitMix64 generator (Steele, Lea, Flood 2014), which is small and fast and has no weak seeds.
package struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// Creates a generator from a seed.
    package init(seed: UInt64) { state = seed }

    /// Returns the next 64 random bits.
    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return Self.mix(state)
    }

    static func mix(_ value: UInt64) -> UInt64 {
        var mixed = value
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// Returns a random number from 0 up to, but not including, 1.
    package mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }
}

/// The source of all random numbers: ids, tokens, jitter and the samples of faults are drawn from its seed.
///
/// Ids and tokens are drawn in the order of the requests that need them. The random numbers of concurrent deliveries
/// are drawn from streams that are keyed by event and attempt, so that they do not depend on the machine's load.
package final class RandomSource: Sendable {
    /// The purpose of a random number. Each purpose has a stream of its own, so that a draw for one does not change the
    /// others.
    package enum Purpose: UInt64, Sendable {
        case identifier = 1
        case token, jitter, fault
    }

    /// The seed of all streams.
    package let seed: UInt64
    private let identifiers: Mutex<SeededGenerator>
    /// The first 32 bits of the next identifier of ``risingIdentifier()``.
    private let nextRising: Mutex<UInt32>
    private let tokens: Mutex<SeededGenerator>

    /// Creates a source.
    ///
    /// - Parameters:
    ///   - seed: the seed of the simulator.
    ///   - run: the number of times that the store was opened before, since a store that is opened again must not get
    ///     the same ids.
    ///   - resets: the number of resets before. The same requests lead to the same ids after a reset, but never to the
    ///     same token: a client with an older token must not be authenticated as another client.
    package init(seed: UInt64, run: UInt64 = 0, resets: UInt64 = 0) {
        self.seed = SeededGenerator.mix(seed) ^ SeededGenerator.mix(run &+ 0x1234_5678)
        identifiers = Mutex(Self.stream(self.seed, .identifier, []))
        var first = Self.stream(self.seed, .identifier, [1])
        nextRising = Mutex(UInt32(truncatingIfNeeded: first.next()))
        tokens = Mutex(Self.stream(self.seed, .token, resets == 0 ? [] : [resets]))
    }

    /// Returns a random identifier.
    package func identifier() -> Identifier {
        identifiers.withLock { Identifier.random(using: &$0) }
    }

    /// Returns an identifier that is random except for its first 32 bits, which count up from a random start.
    ///
    /// It is for rows that are inserted by the thousand: in an index, such an identifier is next to the previous one,
    /// and not on another page that would have to be written as well.
    package func risingIdentifier() -> Identifier {
        var identifier = identifier()
        let rising = nextRising.withLock { next in
            defer { next &+= 1 }
            return next
        }
        identifier.high = UInt64(rising) << 32 | identifier.high & 0xFFFF_FFFF
        return identifier
    }

    /// Returns an access token: 28 random bytes as 56 hexadecimal characters (docs/api.md, Token).
    package func token() -> String {
        tokens.withLock { generator in
            var text = ""
            for _ in 0..<4 {
                let digits = String(generator.next(), radix: 16)
                text += String(repeating: "0", count: 16 - digits.count) + digits
            }
            return String(text.prefix(56))
        }
    }

    /// Returns the generator of one decision: the same seed, purpose and keys always lead to the same numbers.
    package func stream(_ purpose: Purpose, _ keys: UInt64...) -> SeededGenerator {
        Self.stream(seed, purpose, keys)
    }

    private static func stream(_ seed: UInt64, _ purpose: Purpose, _ keys: [UInt64]) -> SeededGenerator {
        var state = SeededGenerator.mix(seed &+ purpose.rawValue &* 0xA076_1D64_78BD_642F)
        for key in keys { state = SeededGenerator.mix(state ^ SeededGenerator.mix(key &+ 0xE703_7ED1_A0B4_28DB)) }
        return SeededGenerator(seed: state)
    }
}
