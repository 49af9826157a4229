import Webhooks

/// The operations that add and remove fault rules.
struct ChangeFaults: Sendable {
    let runner: OperationRunner
    let faults: FaultRegistry

    func add(_ rules: [FaultRule]) async throws -> [FaultPlan.Entry] {
        try await runner.run { (faults.add(rules), .none) }
    }

    /// Removes a rule, whose delayed deliveries are then sent, and returns it; `nil` when there is none of that id.
    func remove(id: String) async throws -> FaultPlan.Entry? {
        try await runner.run {
            let entry = faults.remove(id: id)
            return (entry, OperationEffects(removedRules: entry.map { [$0.id] } ?? []))
        }
    }

    /// Removes all rules, whose delayed deliveries are then sent.
    func removeAll() async throws {
        try await runner.run {
            let removed = faults.removeAll()
            return ((), OperationEffects(removedRules: removed.map(\.id)))
        }
    }
}
