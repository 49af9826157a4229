import Synchronization
import Webhooks

/// The random source in use. A reset restarts it from its seed, so that the same requests lead to the same ids again.
final class CurrentRandomSource: Sendable {
    private let seed: UInt64
    private let state: Mutex<RandomSource>

    /// Creates the source of an opened store.
    ///
    /// - Parameters:
    ///   - run: the number of times that the store was opened before.
    ///   - resets: the number of times that the store was reset before.
    init(seed: UInt64, run: UInt64, resets: Int) {
        self.seed = seed
        state = Mutex(RandomSource(seed: seed, run: run, resets: UInt64(resets)))
    }

    var current: RandomSource { state.withLock { $0 } }

    /// Returns the source to use after a reset. It generates the same ids again, so the store must be empty by then.
    func source(afterResets resets: Int) -> RandomSource { RandomSource(seed: seed, resets: UInt64(resets)) }

    func replace(by source: RandomSource) { state.withLock { $0 = source } }
}
