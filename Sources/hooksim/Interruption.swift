import ArgumentParser
import UnixSignals

/// Handles SIGINT (^C) and SIGTERM, for commands that have to clean up before they end.
enum Interruption {
    /// Runs `body`, and cancels it when a signal is received.
    ///
    /// - Throws: What `body` throws, or an exit code of 130 or 143 if a signal was received.
    static func cancelling<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) async throws -> Value
    {
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        return try await withThrowingTaskGroup(of: (value: Value?, signal: UnixSignal?).self) { group in
            group.addTask { (try await body(), nil) }
            group.addTask {
                for await signal in signals { return (nil, signal) }
                return (nil, nil)
            }
            defer { group.cancelAll() }
            while let first = try await group.next() {
                if let value = first.value { return value }
                guard let signal = first.signal else { continue }
                // The error makes the group cancel `body` and wait for its end.
                throw ExitCode(signal == .sigint ? 130 : 143)
            }
            throw CancellationError()
        }
    }
}
