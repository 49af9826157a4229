import Webhooks

/// Which deliveries are under way and when each subscription's queue is worth a look: the worker's memory of the outbox.
///
/// One lane a subscription, each with its own bound; a lane with nothing to do is not kept.
struct DeliveryLanes {
    private struct Lane {
        /// When to look at the queue again; `nil` when nothing waits.
        var nextDue: Timestamp?
        var inFlight: Set<Int> = []
        /// Whether the subscription has ended: it has attempts under way, and nothing more is due.
        var isClosed = false
    }

    /// A lane that has something due and room for it.
    struct DueLane: Sendable {
        let subscription: Int
        let room: Int
        let inFlight: Set<Int>
    }

    private var lanes: [Int: Lane] = [:]

    /// When the next lane with room has something due.
    func nextDue(concurrency: Int) -> Timestamp? {
        lanes.values.filter { $0.inFlight.count < concurrency }.compactMap { $0.nextDue }.min()
    }

    /// How many deliveries are claimed.
    var inFlight: Int { lanes.values.reduce(0) { $0 + $1.inFlight.count } }

    /// Returns whether the queue must be looked at earlier than was known.
    @discardableResult
    mutating func wake(_ subscription: Int, at due: Timestamp) -> Bool {
        if let known = lanes[subscription]?.nextDue, known <= due { return false }
        lanes[subscription, default: Lane()].nextDue = due
        return true
    }

    /// The lanes to look at, in a fixed order. What they have due is looked up anew, so it is forgotten here.
    mutating func takeDue(now: Timestamp, concurrency: Int) -> [DueLane] {
        var found: [DueLane] = []
        for (subscription, lane) in lanes {
            guard let due = lane.nextDue, due <= now, lane.inFlight.count < concurrency else { continue }
            lanes[subscription]?.nextDue = nil
            found.append(
                DueLane(subscription: subscription, room: concurrency - lane.inFlight.count, inFlight: lane.inFlight))
        }
        return found.sorted { $0.subscription < $1.subscription }
    }

    mutating func keep(_ claim: EventTable.Claim, in subscription: Int) {
        lanes[subscription, default: Lane()].inFlight.formUnion(claim.deliveries.map { $0.event })
        if let due = claim.nextDue { wake(subscription, at: due) }
        dropIfEmpty(subscription)
    }

    mutating func release(_ event: Int, from subscription: Int, dueAgain: Timestamp?) {
        lanes[subscription]?.inFlight.remove(event)
        if let dueAgain { wake(subscription, at: dueAgain) }
        dropIfEmpty(subscription)
    }

    /// Closes the lane of a subscription that has ended.
    mutating func close(_ subscription: Int) {
        lanes[subscription]?.isClosed = true
        lanes[subscription]?.nextDue = nil
        dropIfEmpty(subscription)
    }

    func isClosed(_ subscription: Int) -> Bool { lanes[subscription]?.isClosed ?? true }

    private mutating func dropIfEmpty(_ subscription: Int) {
        guard let lane = lanes[subscription], lane.nextDue == nil, lane.inFlight.isEmpty else { return }
        lanes[subscription] = nil
    }
}
