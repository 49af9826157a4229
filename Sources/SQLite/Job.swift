/// The way in which a job uses the connection.
package enum JobKind: Sendable {
    case read, write, writeWithoutSavepoint
    /// An exclusive job: it runs outside of a transaction, and no other job runs in its group.
    case alone
}

/// A read or a write that waits for the connection.
package protocol Job: AnyObject, Sendable {
    /// The way in which the job uses the connection.
    var kind: JobKind { get }
    /// Runs the job, on the thread that has taken the connection.
    func run() throws
    /// Completes the job with the error, or with the result of ``run()``.
    func finish(_ error: (any Error)?)
}

extension Job {
    var writes: Bool { kind == .write || kind == .writeWithoutSavepoint }
}

/// The jobs that wait for the connection.
struct JobQueue {
    var jobs: [any Job] = []
    /// Whether the connection is in use or about to be used, by the thread or by a read on the thread of its caller.
    var isTaken = false

    /// Takes the connection unless it is in use, and returns whether it was free.
    mutating func take() -> Bool {
        defer { isTaken = true }
        return !isTaken
    }

    /// Removes and returns all waiting jobs up to the first exclusive one. If no job waits, the connection is free
    /// afterwards.
    mutating func next() -> [any Job] {
        isTaken = !jobs.isEmpty
        let count = jobs.firstIndex { $0.kind == .alone }.map { max($0, 1) } ?? jobs.count
        defer { jobs.removeFirst(count) }
        return Array(jobs.prefix(count))
    }
}
