import Synchronization

/// A signal that resumes all waiting tasks after a change. It does not say what has changed.
package final class ChangeSignal: Sendable {
    private struct State {
        var version: UInt64 = 0
        var nextWaiter: UInt64 = 0
        var waiters: [UInt64: CheckedContinuation<Void, Never>] = [:]
    }

    private let state = Mutex(State())

    /// Creates a signal before its first change.
    package init() {}

    /// The number of changes so far. A task reads it before it reads the state, and then waits for a change after it,
    /// so that it misses none.
    package var version: UInt64 { state.withLock { $0.version } }

    /// Counts a change, and resumes all waiting tasks.
    package func notify() {
        let waiters = state.withLock { state in
            state.version += 1
            defer { state.waiters.removeAll() }
            return state.waiters
        }
        for waiter in waiters.values { waiter.resume() }
    }

    /// Returns once there has been a change after `version`, or the task is cancelled.
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

    /// Returns once there has been a change after `version`, the duration has passed in real time, or the task is
    /// cancelled.
    package func wait(after version: UInt64, for time: Duration) async {
        await withTaskGroup { group in
            group.addTask { await self.wait(after: version) }
            group.addTask { try? await Task.sleep(for: time, tolerance: .zero) }
            await group.next()
            group.cancelAll()
        }
    }
}
