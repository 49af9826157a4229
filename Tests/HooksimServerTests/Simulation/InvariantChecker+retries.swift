import Synchronization
import Webhooks

@testable import HooksimServer

/// What must hold of a retry of failed events.
extension InvariantChecker {
    /// A retry concerns all events that were failed when it began, as soon as no group of it is left.
    func checkRetries(_ stored: StoredState, _ state: OverlapSimulation.State) throws {
        let active = Set(stored.subscriptions.filter { $0.isActive }.map { $0.row })
        var unfinished: Set<Int> = []
        for retry in state.retries where retry.outcome != .refused && retry.outcome != .underWay {
            let events = stored.events.filter {
                retry.failed[$0.row] != nil && active.contains($0.subscription) && $0.status != .delivered
            }
            let left = events.filter { $0.round == retry.failed[$0.row] }
            if left.contains(where: stored.isBeingRetried) {
                unfinished.insert(retry.number)
                continue
            }
            // Where it is not known whether it happened, it happened to all of them or to none.
            guard left.isEmpty || retry.outcome == .unknown && left.count == events.count else {
                throw Violation(
                    invariant: .retryIsWhole,
                    detail: "operation \(retry.number) left \(left.count) of \(events.count) failed events")
            }
        }
        simulation.state.withLock { state in
            state.retries.removeAll { [unfinished] in $0.outcome != .underWay && !unfinished.contains($0.number) }
        }
    }
}
