import Webhooks

/// The deliveries under way, and the instant at which the queue of each subscription is next to be read: the worker's
/// index of the outbox.
///
/// Each subscription has a lane with a limit of its own; a lane without deliveries is not kept.
struct DeliveryLanes {
    private struct Lane {
        /// The instant at which the queue is next to be read; `nil` if it is empty.
        var nextDue: Timestamp?
        var inFlight: Set<Int> = []
        /// Whether the subscription has ended; the lane remains only for its attempts under way, and nothing more falls
        /// due.
        var isClosed = false
    }

    /// A lane that has deliveries due and has not reached its limit.
    struct DueLane: Sendable {
        let subscription: Int
        let room: Int
        let inFlight: Set<Int>
    }

    private var lanes: [Int: Lane] = [:]

    /// Returns the earliest instant at which a lane below its limit has a delivery due.
    func nextDue(concurrency: Int) -> Timestamp? {
        lanes.values.filter { $0.inFlight.count < concurrency }.compactMap { $0.nextDue }.min()
    }

    /// The number of claimed deliveries.
    var inFlight: Int { lanes.values.reduce(0) { $0 + $1.inFlight.count } }

    /// Records that a subscription has a delivery due at an instant. Returns whether its queue must be read earlier
    /// than planned.
    @discardableResult
    mutating func wake(_ subscription: Int, at due: Timestamp) -> Bool {
        if let known = lanes[subscription]?.nextDue, known <= due { return false }
        lanes[subscription, default: Lane()].nextDue = due
        return true
    }

    /// Returns the lanes whose queues are to be read, in a fixed order, and clears their due times, which the read
    /// determines anew.
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
