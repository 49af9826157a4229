/// The way in which a job uses the connection.
enum JobKind {
    case read, write, writeWithoutSavepoint
    /// An exclusive job: it runs outside of a transaction, and no other job runs in its group.
    case alone
}

/// A read or a write that waits for the connection.
protocol Job<Session>: Sendable {
    associatedtype Session: TransactionSession

    var kind: JobKind { get }
    func run(_ session: Session) throws
    /// Completes the job with the error, or with the result of `run`.
    func finish(_ error: (any Error)?)
}

extension Job {
    var writes: Bool { kind == .write || kind == .writeWithoutSavepoint }
}

/// A write whose completion is a callback.
struct CallbackJob<Session: TransactionSession>: Job {
    let kind = JobKind.write
    let body: @Sendable (Session) throws -> Void
    let completion: @Sendable ((any Error)?) -> Void

    func run(_ session: Session) throws { try body(session) }
    func finish(_ error: (any Error)?) { completion(error) }
}

/// A job whose caller is suspended until its completion.
///
/// The conformance is unchecked because of `value`: only the thread that has taken the connection accesses it, in `run`
/// and in `finish`.
final class ContinuationJob<Session: TransactionSession, Value: Sendable>: Job, @unchecked Sendable {
    let kind: JobKind
    private let body: @Sendable (Session) throws -> Value
    private let continuation: UnsafeContinuation<Value, any Error>
    private var value: Value?

    init(
        kind: JobKind, body: @escaping @Sendable (Session) throws -> Value,
        continuation: UnsafeContinuation<Value, any Error>
    ) {
        self.kind = kind
        self.body = body
        self.continuation = continuation
    }

    func run(_ session: Session) throws { value = try body(session) }

    func finish(_ error: (any Error)?) {
        if let error { continuation.resume(throwing: error) } else { continuation.resume(returning: value!) }
    }
}

/// The jobs that wait for the connection.
struct JobQueue<Session: TransactionSession> {
    var jobs: [any Job<Session>] = []
    /// Whether the connection is in use or about to be used, by the thread or by a read on the thread of its caller.
    var isTaken = false

    /// Takes the connection unless it is in use, and returns whether it was free.
    mutating func take() -> Bool {
        defer { isTaken = true }
        return !isTaken
    }

    /// Removes and returns all waiting jobs up to the first exclusive one. If no job waits, the connection is free
    /// afterwards.
    mutating func next() -> [any Job<Session>] {
        isTaken = !jobs.isEmpty
        let count = jobs.firstIndex { $0.kind == .alone }.map { max($0, 1) } ?? jobs.count
        defer { jobs.removeFirst(count) }
        return Array(jobs.prefix(count))
    }
}
