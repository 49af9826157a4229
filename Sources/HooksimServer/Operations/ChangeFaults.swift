import Webhooks

/// The operations that add and remove fault rules.
struct ChangeFaults: Sendable {
    let runner: OperationRunner
    let faults: FaultRegistry

    func add(_ rules: [FaultRule]) async throws -> [FaultPlan.Entry] {
        try await runner.run { (faults.add(rules), .none) }
    }

    /// Removes a rule and returns it; returns `nil` if no rule has that id. The deliveries that the rule delays are
    /// then sent.
    func remove(id: String) async throws -> FaultPlan.Entry? {
        try await runner.run {
            let entry = faults.remove(id: id)
            return (entry, OperationEffects(removedRules: entry.map { [$0.id] } ?? []))
        }
    }

    /// Removes all rules. The deliveries that they delay are then sent.
    func removeAll() async throws {
        try await runner.run {
            let removed = faults.removeAll()
            return ((), OperationEffects(removedRules: removed.map(\.id)))
        }
    }
}
