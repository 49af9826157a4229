import Synchronization
import Webhooks

/// What operations tell the worker: what has ended need not be sent any more.
extension DeliveryWorker {
    /// How often the simulator was reset.
    var resets: Int { state.withLock { $0.resets } }

    /// Drops the deliveries of subscriptions that have ended, but for the attempts that have started. To be called once that is committed.
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
    }

    /// Sends what the rules delay, which were removed. To be called once they hit nothing any more.
    func release(rules: [String]) {
        state.withLock { state in
            state.delayed.release(rules: Set(rules))
            state.claim?.removedRules.formUnion(rules)
        }
        wake()
    }

    /// Forgets all deliveries: those that end later belong to the past. To be called once the store was emptied.
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

    /// Returns once the claim under way has ended: what it claimed before is started or dropped then.
    func finishClaim() async {
        let number = state.withLock { $0.claim == nil ? nil : $0.claims }
        while !Task.isCancelled {
            let version = progress.version
            guard state.withLock({ $0.claims }) == number else { return }
            await progress.wait(after: version)
        }
    }

    /// Whether neither the subscription of a claimed delivery nor the simulator's past has ended since.
    func isWanted(_ delivery: OutgoingDelivery, resets: Int) -> Bool {
        state.withLock { $0.resets == resets && !$0.lanes.isClosed(delivery.subscription) }
    }

    /// Whether an attempt that waits for its task may start; it is dropped where its subscription has ended.
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
