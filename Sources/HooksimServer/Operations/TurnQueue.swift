import Synchronization

/// Runs a limited number of tasks at a time, in the order of their requests; a task that is cancelled while it waits
/// loses its turn.
final class TurnQueue: Sendable {
    private struct State {
        var free: Int
        var lastTicket: UInt64 = 0
        var waiting: [(ticket: UInt64, continuation: CheckedContinuation<Bool, Never>)] = []
        /// The tickets of tasks that were cancelled before they began to wait.
        var cancelled: Set<UInt64> = []
    }

    private let state: Mutex<State>

    /// Creates a queue.
    ///
    /// - Parameter limit: the maximum number of tasks that run at once.
    init(limit: Int = 1) { state = Mutex(State(free: limit)) }

    /// Runs `body` in its turn.
    ///
    /// - Throws: a `CancellationError` if the task is cancelled before its turn, or the error that `body` throws.
    func withTurn<Value: Sendable>(_ body: @Sendable () async throws -> Value) async throws -> Value {
        try Task.checkCancellation()
        guard await take() else { throw CancellationError() }
        defer { pass() }
        return try await body()
    }

    /// Returns `true` once the turn has come, or `false` if the task was cancelled before.
    private func take() async -> Bool {
        let ticket = state.withLock { state -> UInt64? in
            guard state.free == 0 else {
                state.free -= 1
                return nil
            }
            state.lastTicket += 1
            return state.lastTicket
        }
        guard let ticket else { return true }
        defer { state.withLock { _ = $0.cancelled.remove(ticket) } }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isTurn = state.withLock { state -> Bool? in
                    if state.cancelled.remove(ticket) != nil { return false }
                    guard state.free == 0 else {
                        state.free -= 1
                        return true
                    }
                    state.waiting.append((ticket, continuation))
                    return nil
                }
                if let isTurn { continuation.resume(returning: isTurn) }
            }
        } onCancel: {
            let continuation = state.withLock { state -> CheckedContinuation<Bool, Never>? in
                guard let index = state.waiting.firstIndex(where: { $0.ticket == ticket }) else {
                    state.cancelled.insert(ticket)
                    return nil
                }
                return state.waiting.remove(at: index).continuation
            }
            continuation?.resume(returning: false)
        }
    }

    private func pass() {
        let next = state.withLock { state -> CheckedContinuation<Bool, Never>? in
            guard state.waiting.isEmpty else { return state.waiting.removeFirst().continuation }
            state.free += 1
            return nil
        }
        next?.resume(returning: true)
    }
}
