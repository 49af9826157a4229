import Webhooks

/// The claimed deliveries that faults delay, either until an instant or until a window holds enough of them to shuffle.
struct DelayedDeliveries {
    /// The maximum time that a window stays open for further deliveries before it sends those that it holds.
    static let longestWindow = TimeSpan.seconds(1)

    private struct Window {
        var deliveries: [OutgoingDelivery] = []
        var closesAt: Timestamp
    }

    private var parked: [(until: Timestamp, delivery: OutgoingDelivery)] = []
    /// The open windows, by the identifier of the fault rule that opened them.
    private var windows: [String: Window] = [:]

    var count: Int { parked.count + windows.values.reduce(0) { $0 + $1.deliveries.count } }

    /// The earliest instant at which a delivery is to be sent even if no further delivery is claimed.
    var nextDue: Timestamp? { (parked.map { $0.until } + windows.values.map { $0.closesAt }).min() }

    /// Accepts a delivery that was just claimed. Returns the deliveries that are to be sent now, one after the other.
    mutating func take(_ delivery: OutgoingDelivery, at now: Timestamp, timeout: TimeSpan) -> [OutgoingDelivery] {
        var delayed = delivery
        delayed.heldSince = now
        switch delivery.deliveryFault {
        case .delay(let distribution):
            var generator = delivery.fault?.generator ?? SeededGenerator(seed: 0)
            let wait = distribution.draw(using: &generator)
            guard wait > .zero else { return [delivery] }
            parked.append((now + wait, delayed))
            return []
        case .timeout:
            parked.append((now + timeout, delayed))
            return []
        case .reorder(let size):
            let rule = delivery.fault?.ruleID ?? ""
            windows[rule, default: Window(closesAt: now + Self.longestWindow)].deliveries.append(delayed)
            guard let window = windows[rule], window.deliveries.count >= size else { return [] }
            windows[rule] = nil
            return Self.shuffled(window.deliveries)
        default:
            return [delivery]
        }
    }

    /// Removes and returns the deliveries whose delay has ended, in batches; the deliveries of one batch are sent one
    /// after the other.
    mutating func takeDue(at now: Timestamp) -> [[OutgoingDelivery]] {
        let due = parked.filter { $0.until <= now }
        parked.removeAll { $0.until <= now }
        var batches = due.sorted { ($0.until, $0.delivery.ticket) < ($1.until, $1.delivery.ticket) }.map {
            [$0.delivery]
        }
        for (rule, window) in windows.sorted(by: { $0.key < $1.key }) where window.closesAt <= now {
            windows[rule] = nil
            batches.append(Self.shuffled(window.deliveries))
        }
        return batches
    }

    /// Removes and returns the deliveries of subscriptions that have ended.
    mutating func remove(subscriptions: Set<Int>) -> [OutgoingDelivery] {
        let isEnded = { (delivery: OutgoingDelivery) in subscriptions.contains(delivery.subscription) }
        var removed = parked.map(\.delivery).filter(isEnded)
        parked.removeAll { isEnded($0.delivery) }
        for (rule, window) in windows {
            removed += window.deliveries.filter(isEnded)
            windows[rule]?.deliveries.removeAll(where: isEnded)
            if windows[rule]?.deliveries.isEmpty == true { windows[rule] = nil }
        }
        return removed
    }

    /// Releases the deliveries that removed rules delay: they become due at once, whatever the clock shows, in the
    /// order of their tickets.
    mutating func release(rules: Set<String>) {
        let isReleased = { (delivery: OutgoingDelivery) in delivery.fault.map { rules.contains($0.ruleID) } ?? false }
        var released = parked.map(\.delivery).filter(isReleased)
        parked.removeAll { isReleased($0.delivery) }
        for rule in rules { released += windows.removeValue(forKey: rule)?.deliveries ?? [] }
        parked += released.map { (Timestamp(milliseconds: .min), $0.released) }
    }

    /// Returns the deliveries in an order that differs from the one in which they arrived, for every seed.
    private static func shuffled(_ deliveries: [OutgoingDelivery]) -> [OutgoingDelivery] {
        guard deliveries.count > 1, var generator = deliveries.first?.fault?.generator else { return deliveries }
        let shuffled = deliveries.shuffled(using: &generator)
        guard shuffled.map(\.ticket) == deliveries.map(\.ticket) else { return shuffled }
        return Array(shuffled.dropFirst()) + shuffled.prefix(1)
    }
}

extension OutgoingDelivery {
    /// The same delivery after the removal of the rule that delayed it. A delay that has happened is recorded as its
    /// fault; a timeout is not, since it has had no effect yet.
    var released: OutgoingDelivery {
        guard case .timeout? = deliveryFault else { return self }
        var delivery = self
        delivery.fault = nil
        delivery.heldSince = nil
        return delivery
    }
}
