import Synchronization
import Webhooks

/// The methods by which operations inform the worker that deliveries need no longer be sent.
extension DeliveryWorker {
    /// The number of times that the simulator has been reset.
    var resets: Int { state.withLock { $0.resets } }

    /// Drops the deliveries of subscriptions that have ended, except for attempts that have started. Call this method
    /// only after the end of the subscriptions has been committed.
    func close(_ subscriptions: [Int]) {
        let closed = Set(subscriptions)
        state.withLock { state in
            for delivery in state.delayed.remove(subscriptions: closed) {
                state.lanes.release(delivery.event, from: delivery.subscription, dueAgain: nil)
            }
            for subscription in closed { state.lanes.close(subscription) }
            state.claim?.closedSubscriptions.formUnion(closed)
        }
        wake()
        progress.notify()
        listeners.subscriptionsEnded()
    }

    /// Releases the deliveries that removed rules delay. Call this method only after the rules have been removed.
    func release(rules: [String]) {
        state.withLock { state in
            state.delayed.release(rules: Set(rules))
            state.claim?.removedRules.formUnion(rules)
        }
        wake()
    }

    /// Discards all deliveries; results of attempts that were claimed before the reset are ignored. Call this method
    /// only after the store has been emptied.
    func forgetAll(resets: Int) {
        state.withLock { state in
            state.resets = resets
            state.lanes = DeliveryLanes()
            state.delayed = DelayedDeliveries()
        }
        rates.clear()
        wake()
        progress.notify()
    }

    /// Returns once the claim under way has ended, so that every delivery that it claimed has been started or dropped.
    func finishClaim() async {
        let number = state.withLock { $0.claim == nil ? nil : $0.claims }
        while !Task.isCancelled {
            let version = progress.version
            guard state.withLock({ $0.claims }) == number else { return }
            await progress.wait(after: version)
        }
    }

    /// Returns whether, since a delivery was claimed, its subscription has not ended and the simulator has not been
    /// reset.
    func isWanted(_ delivery: OutgoingDelivery, resets: Int) -> Bool {
        state.withLock { $0.resets == resets && !$0.lanes.isClosed(delivery.subscription) }
    }

    /// Returns whether a claimed attempt may start, and drops it if its subscription has ended.
    func mayStart(_ delivery: OutgoingDelivery, resets: Int) -> Bool {
        let mayStart = state.withLock { state in
            guard state.resets == resets else { return false }
            guard state.lanes.isClosed(delivery.subscription) else { return true }
            state.lanes.release(delivery.event, from: delivery.subscription, dueAgain: nil)
            return false
        }
        if !mayStart { progress.notify() }
        return mayStart
    }
}
