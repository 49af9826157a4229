import Synchronization

/// A readers–writer lock for operations: many share it, or one has it alone.
///
/// It is granted in the order of asking, so that an operation that wants it alone is not kept waiting by those that come after it. Nothing
/// that waits for a user, a receiver or a clock may be done while it is held.
final class OperationLock: Sendable {
    private struct State {
        var sharing = 0
        var isExclusive = false
        var waiting: [(isExclusive: Bool, continuation: CheckedContinuation<Void, Never>)] = []

        var isFree: Bool { sharing == 0 && !isExclusive }
    }

    private let state = Mutex(State())

    /// Runs an operation beside others.
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

    /// Runs an operation once those before it have ended, and lets none begin until it has ended.
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

    /// How many wait for it.
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

    /// Takes the lock for those whose turn it is, and returns them.
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
