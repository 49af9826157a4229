import Synchronization

/// Wakes whoever waits for something to change, without saying what.
package final class ChangeSignal: Sendable {
    private struct State {
        var version: UInt64 = 0
        var nextWaiter: UInt64 = 0
        var waiters: [UInt64: CheckedContinuation<Void, Never>] = [:]
    }

    private let state = Mutex(State())

    package init() {}

    /// The number of changes so far. Read it before looking at what may change, and wait for what comes after it.
    package var version: UInt64 { state.withLock { $0.version } }

    package func notify() {
        let waiters = state.withLock { state in
            state.version += 1
            defer { state.waiters.removeAll() }
            return state.waiters
        }
        for waiter in waiters.values { waiter.resume() }
    }

    /// Returns once there was a change after `version`, or when the task is cancelled.
    package func wait(after version: UInt64) async {
        let id = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isDue = state.withLock { state in
                    guard state.version == version, !Task.isCancelled else { return true }
                    state.waiters[id] = continuation
                    return false
                }
                if isDue { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: id) }?.resume()
        }
    }

    /// Returns once there was a change after `version`, or when the time is up.
    package func wait(after version: UInt64, for time: Duration) async {
        await withTaskGroup { group in
            group.addTask { await self.wait(after: version) }
            group.addTask { try? await Task.sleep(for: time, tolerance: .zero) }
            await group.next()
            group.cancelAll()
        }
    }
}
