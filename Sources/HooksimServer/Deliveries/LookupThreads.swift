import class Foundation.Thread
import NIOCore
import Synchronization

/// Runs jobs that block for long, each on a thread: one is started where none is free, and ends when no job is left.
///
/// At most ``maxCount`` jobs run at a time, but for those that were said to be slow: what never ends must not keep all others from being
/// begun. With them there are at most ``maxThreads``.
final class LookupThreads: Sendable {
    /// A job, which is told its number.
    typealias Job = @Sendable (Int) -> Void

    static let maxCount = 32
    static let maxThreads = 512

    private struct State {
        var threads = 0
        /// The jobs under way that count, by number.
        var counted: Set<Int> = []
        /// The jobs that wait for a thread, with their numbers.
        var jobs = CircularBuffer<(number: Int, job: Job)>()
        var lastNumber = 0

        mutating func takeJob() -> (number: Int, job: Job)? {
            guard counted.count < maxCount, let next = jobs.popFirst() else { return nil }
            counted.insert(next.number)
            return next
        }
    }

    private let state = Mutex(State())

    func run(_ job: @escaping Job) {
        state.withLock { state in
            state.lastNumber += 1
            state.jobs.append((state.lastNumber, job))
        }
        startThreads()
    }

    /// Counts a job under way no more, since it takes long.
    func setSlow(_ number: Int) {
        guard state.withLock({ $0.counted.remove(number) }) != nil else { return }
        startThreads()
    }

    private func startThreads() {
        while let first = state.withLock({ state -> (number: Int, job: Job)? in
            guard state.threads < Self.maxThreads, let next = state.takeJob() else { return nil }
            state.threads += 1
            return next
        }) {
            Thread.detachNewThread { [self] in
                var next: (number: Int, job: Job)? = first
                while let (number, job) = next {
                    job(number)
                    next = takeNext(after: number)
                }
            }
        }
    }

    /// The next job; with none, the thread that asks is no more.
    private func takeNext(after number: Int) -> (number: Int, job: Job)? {
        state.withLock { state in
            state.counted.remove(number)
            let next = state.takeJob()
            if next == nil { state.threads -= 1 }
            return next
        }
    }
}
