import Synchronization
import Webhooks

/// What whoever moves the clock has to know: when something falls due, and when all that was due is done.
extension DeliveryWorker {
    /// The next instant at which there is something to send.
    var nextDue: Timestamp? {
        let concurrency = settings.current.deliveryConcurrency
        return state.withLock { $0.nextDue(concurrency: concurrency) }
    }

    /// How many attempts are claimed and not settled.
    var inFlight: Int { state.withLock { $0.lanes.inFlight } }

    /// How many attempts were recorded since the start.
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
