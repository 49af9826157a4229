import class Foundation.Thread
import NIOCore
import Synchronization

/// Runs jobs that block for long, each on a thread: one is started where none is free, and ends when no job is left.
final class LookupThreads: Sendable {
    typealias Job = @Sendable () -> Void

    static let maxCount = 32

    private struct State {
        var count = 0
        /// The jobs that wait for a thread.
        var jobs = CircularBuffer<Job>()
    }

    private let state = Mutex(State())

    func run(_ job: @escaping Job) {
        let isNew = state.withLock { state in
            guard state.count < Self.maxCount else {
                state.jobs.append(job)
                return false
            }
            state.count += 1
            return true
        }
        guard isNew else { return }
        Thread.detachNewThread { [self] in
            job()
            while let next = next() { next() }
        }
    }

    /// The next job; with none, the thread that asks counts no more.
    private func next() -> Job? {
        state.withLock { state in
            let job = state.jobs.popFirst()
            if job == nil { state.count -= 1 }
            return job
        }
    }
}
