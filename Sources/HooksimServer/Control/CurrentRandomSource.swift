import Synchronization
import Webhooks

/// The random source in use; a reset starts its seed again, so that the same calls give the same ids once more.
final class CurrentRandomSource: Sendable {
    private let seed: UInt64
    private let state: Mutex<RandomSource>

    /// - Parameter run: how often the store was opened before.
    init(seed: UInt64, run: UInt64) {
        self.seed = seed
        state = Mutex(RandomSource(seed: seed, run: run))
    }

    var current: RandomSource { state.withLock { $0 } }

    /// Only for an emptied store, which has none of the ids that come again.
    func restart() { state.withLock { $0 = RandomSource(seed: seed) } }
}
