import Logging
import ServiceLifecycle
import Synchronization
import Webhooks

/// Runs the bulk operations that are not finished, one group after the other, also those that an earlier process left.
///
/// Each group is an operation of its own for the ``OperationRunner``, so a reset or a removal waits for one group at
/// most.
final class BulkRunner: Service {
    private struct State {
        /// The number of signals that had been given when no operation was left that clients can see; `nil` before
        /// that.
        var idleSince: UInt64?
        var isStopping = false
    }

    private let runner: OperationRunner
    private let store: Store
    private let logger: Logger
    private let state = Mutex(State())
    /// The signal that a group has ended, or that no operation is left that clients can see.
    private let progress = ChangeSignal()

    init(runner: OperationRunner, store: Store, logger: Logger) {
        self.runner = runner
        self.store = store
        self.logger = logger
    }

    /// Runs groups until the service group shuts down. The next start resumes the operations that are left then.
    func run() async throws {
        var last = 0
        await withGracefulShutdownHandler {
            while !isStopping, !Task.isCancelled {
                let version = store.bulkWork.version
                do {
                    let next = try await store.read { [last] in try BulkOperationTable.next(after: last, $0) }
                    if next?.isVisible != true { endVisible(at: version) }
                    guard let next else {
                        await waitForWork(after: version)
                        continue
                    }
                    last = next.number
                    try await runGroup(ofNumber: next.number)
                } catch {
                    logger.error(
                        "an operation on many events can't go on; trying again in a second",
                        metadata: ["error": "\(error)"])
                    await cancelWhenGracefulShutdown { try? await Task.sleep(for: .seconds(1)) }
                }
            }
        } onGracefulShutdown: {
            self.state.withLock { $0.isStopping = true }
            self.store.bulkWork.notify()
            self.progress.notify()
        }
    }

    /// Returns once an operation is finished or was discarded, the time limit has passed, or the server shuts down.
    ///
    /// - Parameter limit: the time limit in real time; `nil` for none.
    func wait(forNumber number: Int, atMost limit: Duration?) async throws {
        let deadline = limit.map { ContinuousClock.now + $0 }
        while !isStopping, !Task.isCancelled {
            let version = progress.version
            guard try await store.read({ try BulkOperationTable.exists(number, $0) }) else { return }
            guard let deadline else {
                await progress.wait(after: version)
                continue
            }
            let left = deadline - .now
            guard left > .zero else { return }
            await progress.wait(after: version, for: left)
        }
    }

    /// Whether no operation is left that clients can see.
    var isIdle: Bool { state.withLock { $0.isStopping || $0.idleSince == store.bulkWork.version } }

    /// Returns once no operation is left that clients can see, the task is cancelled, or the server shuts down.
    func waitUntilIdle() async {
        while !Task.isCancelled {
            let version = progress.version
            if isIdle { return }
            await progress.wait(after: version)
        }
    }

    private var isStopping: Bool { state.withLock { $0.isStopping } }

    private func endVisible(at version: UInt64) {
        let isNew = state.withLock { state in
            defer { state.idleSince = version }
            return state.idleSince != version
        }
        if isNew { progress.notify() }
    }

    private func waitForWork(after version: UInt64) async {
        guard !isStopping else { return }
        await store.bulkWork.wait(after: version)
    }

    private func runGroup(ofNumber number: Int) async throws {
        try await runner.run {
            let ran = try await store.write(withoutSavepoint: true) {
                try BulkOperation.runNext(ofNumber: number, $0)
            }
            guard let (operation, group) = ran, !group.dueSubscriptions.isEmpty else { return ((), .none) }
            return ((), OperationEffects(dueSubscriptions: Array(group.dueSubscriptions), due: operation.at))
        }
        progress.notify()
    }
}
