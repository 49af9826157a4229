import Synchronization

/// A readers–writer lock for operations: several share it, or one holds it exclusively.
///
/// It is granted in the order of requests, so that later operations do not delay an exclusive one. An operation must
/// not wait for a user, a receiver or a clock while it holds the lock.
final class OperationLock: Sendable {
    private struct State {
        var sharing = 0
        var isExclusive = false
        var waiting: [(isExclusive: Bool, continuation: CheckedContinuation<Void, Never>)] = []

        var isFree: Bool { sharing == 0 && !isExclusive }
    }

    private let state = Mutex(State())

    /// Runs an operation that shares the lock with others.
    func shared<Value>(_ body: () async throws -> Value) async rethrows -> Value {
        let isTaken = state.withLock { state in
            guard !state.isExclusive, state.waiting.isEmpty else { return false }
            state.sharing += 1
            return true
        }
        if !isTaken { await wait(isExclusive: false) }
        defer { release { $0.sharing -= 1 } }
        return try await body()
    }

    /// Runs an operation exclusively: after all earlier operations have ended and before any later one begins.
    func exclusive<Value>(_ body: () async throws -> Value) async rethrows -> Value {
        let isTaken = state.withLock { state in
            guard state.isFree, state.waiting.isEmpty else { return false }
            state.isExclusive = true
            return true
        }
        if !isTaken { await wait(isExclusive: true) }
        defer { release { $0.isExclusive = false } }
        return try await body()
    }

    /// The number of operations that wait for the lock.
    var waitingCount: Int { state.withLock { $0.waiting.count } }

    private func wait(isExclusive: Bool) async {
        await withCheckedContinuation { continuation in
            let granted = state.withLock { state in
                state.waiting.append((isExclusive, continuation))
                return Self.grant(&state)
            }
            for continuation in granted { continuation.resume() }
        }
    }

    private func release(_ change: (inout State) -> Void) {
        let granted = state.withLock { state in
            change(&state)
            return Self.grant(&state)
        }
        for continuation in granted { continuation.resume() }
    }

    /// Takes the lock for the first operations that wait for it, as far as they can hold it together, and returns their
    /// continuations.
    private static func grant(_ state: inout State) -> [CheckedContinuation<Void, Never>] {
        var granted: [CheckedContinuation<Void, Never>] = []
        while let first = state.waiting.first, first.isExclusive ? state.isFree : !state.isExclusive {
            state.waiting.removeFirst()
            if first.isExclusive { state.isExclusive = true } else { state.sharing += 1 }
            granted.append(first.continuation)
        }
        return granted
    }
}
