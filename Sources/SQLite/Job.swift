/// How a job uses the connection.
enum JobKind {
    case read, write, writeWithoutSavepoint
    /// Neither within a transaction nor beside anything else.
    case alone
}

/// A read or a write that waits for its turn.
protocol Job<Session>: Sendable {
    associatedtype Session: TransactionSession

    var kind: JobKind { get }
    func run(_ session: Session) throws
    /// Completes the job: with the error, or with what `run` returned.
    func finish(_ error: (any Error)?)
}

extension Job {
    var writes: Bool { kind == .write || kind == .writeWithoutSavepoint }
}

/// A write that completes with a callback.
struct CallbackJob<Session: TransactionSession>: Job {
    let kind = JobKind.write
    let body: @Sendable (Session) throws -> Void
    let completion: @Sendable ((any Error)?) -> Void

    func run(_ session: Session) throws { try body(session) }
    func finish(_ error: (any Error)?) { completion(error) }
}

/// A job whose caller waits.
///
/// Not checked by the compiler because of `value`: the thread that has the connection alone touches it, between `run` and `finish`.
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
    /// Whether the connection is in use, or about to be: by the thread, or by a read on its caller's.
    var isTaken = false

    /// Takes the connection, unless it is in use.
    mutating func take() -> Bool {
        defer { isTaken = true }
        return !isTaken
    }

    /// Returns all jobs that wait, up to one that must be alone; when there is none, the connection is given back.
    mutating func next() -> [any Job<Session>] {
        isTaken = !jobs.isEmpty
        let count = jobs.firstIndex { $0.kind == .alone }.map { max($0, 1) } ?? jobs.count
        defer { jobs.removeFirst(count) }
        return Array(jobs.prefix(count))
    }
}
