import Webhooks

/// The claimed deliveries that faults delay: until an instant, or until there are enough of them to be shuffled.
struct DelayedDeliveries {
    /// How long a window waits for its last deliveries before it sends those that it has.
    static let longestWindow = TimeSpan.seconds(1)

    private struct Window {
        var deliveries: [OutgoingDelivery] = []
        var closesAt: Timestamp
    }

    private var parked: [(until: Timestamp, delivery: OutgoingDelivery)] = []
    /// By the rule that made them.
    private var windows: [String: Window] = [:]

    var count: Int { parked.count + windows.values.reduce(0) { $0 + $1.deliveries.count } }

    /// When something is to be sent although nothing new comes.
    var nextDue: Timestamp? { (parked.map { $0.until } + windows.values.map { $0.closesAt }).min() }

    /// Takes a delivery that was just claimed; returns the deliveries that are to be sent now, one after the other.
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

    /// What was delayed long enough: batches, in each of which one delivery is sent after the other.
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

    /// Removes the deliveries of subscriptions that have ended, and returns them.
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

    /// Lets go of the deliveries that removed rules delay: they are due wherever the clock is set, in the order of asking.
    mutating func release(rules: Set<String>) {
        let isReleased = { (delivery: OutgoingDelivery) in delivery.fault.map { rules.contains($0.ruleID) } ?? false }
        var released = parked.map(\.delivery).filter(isReleased)
        parked.removeAll { isReleased($0.delivery) }
        for rule in rules { released += windows.removeValue(forKey: rule)?.deliveries ?? [] }
        parked += released.map { (Timestamp(milliseconds: .min), $0.released) }
    }

    /// In another order than they came, whatever the dice say.
    private static func shuffled(_ deliveries: [OutgoingDelivery]) -> [OutgoingDelivery] {
        guard deliveries.count > 1, var generator = deliveries.first?.fault?.generator else { return deliveries }
        let shuffled = deliveries.shuffled(using: &generator)
        guard shuffled.map(\.ticket) == deliveries.map(\.ticket) else { return shuffled }
        return Array(shuffled.dropFirst()) + shuffled.prefix(1)
    }
}

extension OutgoingDelivery {
    /// The same delivery, whose rule was removed while it was delayed. What the rule has done to it so far is recorded as its fault; a
    /// timeout has done nothing yet.
    var released: OutgoingDelivery {
        guard case .timeout? = deliveryFault else { return self }
        var delivery = self
        delivery.fault = nil
        delivery.heldSince = nil
        return delivery
    }
}
