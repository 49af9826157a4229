import Synchronization

/// SplitMix64 (Steele, Lea, Flood 2014): small, fast, and every seed is a good one.
package struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

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

    /// A number from 0 up to, not including, 1.
    package mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }
}

/// The one random source: ids, tokens, jitter and fault dice all come from its seed.
///
/// Ids and tokens are drawn in the order of the calls that need them. What concurrent deliveries need is drawn from a
/// stream keyed by the event and attempt instead, so that the machine's load cannot change it.
package final class RandomSource: Sendable {
    /// What is drawn; each purpose has a stream of its own, so that one more draw of one kind shifts no other.
    package enum Purpose: UInt64, Sendable {
        case identifier = 1
        case token, jitter, fault
    }

    package let seed: UInt64
    private let identifiers: Mutex<SeededGenerator>
    /// The first 32 bits of the next rising identifier.
    private let nextRising: Mutex<UInt32>
    private let tokens: Mutex<SeededGenerator>

    /// - Parameters:
    ///   - run: how often the store was opened before; a store that is opened again must not draw its old ids.
    ///   - resets: how often the simulator was reset before. The same requests lead to the same ids after a reset, but never to the same
    ///     token: a client that still has one of before must not act as another.
    package init(seed: UInt64, run: UInt64 = 0, resets: UInt64 = 0) {
        self.seed = SeededGenerator.mix(seed) ^ SeededGenerator.mix(run &+ 0x1234_5678)
        identifiers = Mutex(Self.stream(self.seed, .identifier, []))
        var first = Self.stream(self.seed, .identifier, [1])
        nextRising = Mutex(UInt32(truncatingIfNeeded: first.next()))
        tokens = Mutex(Self.stream(self.seed, .token, resets == 0 ? [] : [resets]))
    }

    package func identifier() -> Identifier {
        identifiers.withLock { Identifier.random(using: &$0) }
    }

    /// An identifier that is random but for its first 32 bits, which count up from a random start.
    ///
    /// For what is stored by the thousand: in an index of such identifiers a new one comes next to the last one, and not on a page of
    /// its own, which would have to be written with it.
    package func risingIdentifier() -> Identifier {
        var identifier = identifier()
        let rising = nextRising.withLock { next in
            defer { next &+= 1 }
            return next
        }
        identifier.high = UInt64(rising) << 32 | identifier.high & 0xFFFF_FFFF
        return identifier
    }

    /// 28 random bytes as 56 hexadecimal characters, the form of an access token (docs/api.md, Token).
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

    /// The generator of one decision: the same seed, purpose and keys give the same numbers whenever it is asked.
    package func stream(_ purpose: Purpose, _ keys: UInt64...) -> SeededGenerator {
        Self.stream(seed, purpose, keys)
    }

    private static func stream(_ seed: UInt64, _ purpose: Purpose, _ keys: [UInt64]) -> SeededGenerator {
        var state = SeededGenerator.mix(seed &+ purpose.rawValue &* 0xA076_1D64_78BD_642F)
        for key in keys { state = SeededGenerator.mix(state ^ SeededGenerator.mix(key &+ 0xE703_7ED1_A0B4_28DB)) }
        return SeededGenerator(seed: state)
    }
}
