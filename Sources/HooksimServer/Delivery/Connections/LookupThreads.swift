import class Foundation.Thread
import NIOCore
import Synchronization

/// Runs jobs that block for long, each on a thread: a thread is started if none is free, and ends when no job is left.
///
/// At most ``maxCount`` jobs run at a time, not counting those that were marked as slow, so that jobs that never end do
/// not prevent other jobs from starting. Including slow jobs, there are at most ``maxThreads`` threads.
final class LookupThreads: Sendable {
    /// A job; its argument is the number of the job.
    typealias Job = @Sendable (Int) -> Void

    static let maxCount = 32
    static let maxThreads = 512

    private struct State {
        var threads = 0
        /// The numbers of the running jobs that count against ``maxCount``.
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

    /// Marks a running job as slow, so that it no longer counts against ``maxCount``.
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

    /// Returns the next job; if there is none, the calling thread ends and is no longer counted.
    private func takeNext(after number: Int) -> (number: Int, job: Job)? {
        state.withLock { state in
            state.counted.remove(number)
            let next = state.takeJob()
            if next == nil { state.threads -= 1 }
            return next
        }
    }
}
