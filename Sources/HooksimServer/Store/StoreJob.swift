import SQLite

/// A write whose completion is a callback.
final class CallbackJob: Job {
    let kind = JobKind.write
    private nonisolated(unsafe) let session: StoreSession
    private let body: @Sendable (StoreSession) throws -> Void
    private let completion: @Sendable ((any Error)?) -> Void

    init(
        _ session: StoreSession, body: @escaping @Sendable (StoreSession) throws -> Void,
        completion: @escaping @Sendable ((any Error)?) -> Void
    ) {
        self.session = session
        self.body = body
        self.completion = completion
    }

    func run() throws { try body(session) }
    func finish(_ error: (any Error)?) { completion(error) }
}

/// A job whose caller is suspended until its completion.
///
/// The conformance is unchecked because of `value`: only the thread that has taken the connection accesses it, in `run`
/// and in `finish`.
final class ContinuationJob<Value: Sendable>: Job, @unchecked Sendable {
    let kind: JobKind
    private let session: StoreSession
    private let body: @Sendable (StoreSession) throws -> Value
    private let continuation: UnsafeContinuation<Value, any Error>
    private var value: Value?

    init(
        _ kind: JobKind, _ session: StoreSession, body: @escaping @Sendable (StoreSession) throws -> Value,
        continuation: UnsafeContinuation<Value, any Error>
    ) {
        self.kind = kind
        self.session = session
        self.body = body
        self.continuation = continuation
    }

    func run() throws { value = try body(session) }

    func finish(_ error: (any Error)?) {
        if let error { continuation.resume(throwing: error) } else { continuation.resume(returning: value!) }
    }
}
