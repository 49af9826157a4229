import Synchronization
import Webhooks

/// The state of the worker that advancing the clock depends on: the next due time, and whether all due deliveries have
/// been sent.
extension DeliveryWorker {
    /// The next instant at which a delivery is due.
    var nextDue: Timestamp? {
        let concurrency = settings.current.deliveryConcurrency
        return state.withLock { $0.nextDue(concurrency: concurrency) }
    }

    /// The number of attempts that are claimed and have not been recorded.
    var inFlight: Int { state.withLock { $0.lanes.inFlight } }

    /// The number of attempts recorded since the start of the process.
    var recordedAttempts: Int { state.withLock { $0.recordedAttempts } }

    /// Returns once everything that is due at the present instant has been sent and recorded.
    func waitUntilIdle() async {
        while !Task.isCancelled {
            let version = progress.version
            if isIdle { return }
            await progress.wait(after: version)
        }
    }

    private var isIdle: Bool {
        let now = clock.now
        let concurrency = settings.current.deliveryConcurrency
        return state.withLock { state in
            if state.isStopping { return true }
            let isUnderWay = state.claim != nil || state.lanes.inFlight > state.delayed.count
            return !isUnderWay && state.nextDue(concurrency: concurrency).map { $0 > now } ?? true
        }
    }
}

extension DeliveryWorker.State {
    fileprivate func nextDue(concurrency: Int) -> Timestamp? {
        [lanes.nextDue(concurrency: concurrency), delayed.nextDue].compactMap { $0 }.min()
    }
}
