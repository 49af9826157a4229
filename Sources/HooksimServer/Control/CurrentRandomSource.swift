import Synchronization
import Webhooks

/// The random source in use; a reset begins its seed again, so that the same requests lead to the same ids once more.
final class CurrentRandomSource: Sendable {
    private let seed: UInt64
    private let state: Mutex<RandomSource>

    /// - Parameters:
    ///   - run: how often the store was opened before.
    ///   - resets: how often it was emptied before.
    init(seed: UInt64, run: UInt64, resets: Int) {
        self.seed = seed
        state = Mutex(RandomSource(seed: seed, run: run, resets: UInt64(resets)))
    }

    var current: RandomSource { state.withLock { $0 } }

    /// The source of an emptied store, which has none of the ids that come again.
    func source(afterResets resets: Int) -> RandomSource { RandomSource(seed: seed, resets: UInt64(resets)) }

    func replace(by source: RandomSource) { state.withLock { $0 = source } }
}
