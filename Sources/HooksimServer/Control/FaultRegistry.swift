import Synchronization
import Webhooks

/// The fault rules that are active.
final class FaultRegistry: Sendable {
    private let plan = Mutex(FaultPlan())
    private let initial: [FaultRule]
    private let clock: SimulatedClock
    private let random: CurrentRandomSource

    /// Creates a registry.
    /// - Parameter initial: The rules that are active at startup and after a reset.
    init(initial: [FaultRule], clock: SimulatedClock, random: CurrentRandomSource) {
        self.initial = initial
        self.clock = clock
        self.random = random
        reset()
    }

    var entries: [FaultPlan.Entry] { plan.withLock { $0.entries } }

    /// Whether any rule targets requests of the API or of the token endpoint; if not, requests need not be examined.
    var concernRequests: Bool { plan.withLock { $0.entries.contains { $0.rule.target != .delivery } } }

    /// Whether any rule targets deliveries.
    var concernDeliveries: Bool { plan.withLock { $0.entries.contains { $0.rule.target == .delivery } } }

    func add(_ rules: [FaultRule]) -> [FaultPlan.Entry] {
        let now = clock.now
        return plan.withLock { plan in rules.map { plan.add($0, at: now) } }
    }

    func remove(id: String) -> FaultPlan.Entry? {
        plan.withLock { plan in
            let entry = plan.entries.first { $0.id == id }
            return plan.remove(id: id) ? entry : nil
        }
    }

    /// Removes all rules and returns them.
    func removeAll() -> [FaultPlan.Entry] {
        plan.withLock { plan in
            defer { plan.removeAll() }
            return plan.entries
        }
    }

    func reset() {
        plan.withLock { $0 = FaultPlan() }
        _ = add(initial)
    }

    func hit(_ request: FaultableRequest) -> FaultPlan.Hit? {
        let now = clock.now
        let random = random.current
        return plan.withLock { $0.hit(request, at: now, random: random) }
    }

    func hit(_ delivery: FaultableDelivery) -> FaultPlan.Hit? {
        let now = clock.now
        let random = random.current
        return plan.withLock { $0.hit(delivery, at: now, random: random) }
    }
}
