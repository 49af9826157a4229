import Webhooks

/// The operation that begins a new round for one event, whatever its status.
struct ResendEvent: Sendable {
    let runner: OperationRunner
    let store: Store
    let clock: SimulatedClock

    /// Begins the round, and returns the event with its attempts as JSON.
    ///
    /// - Throws: an ``APIError`` of 404 for an unknown event, or of 409 if its subscription is no longer active.
    func run(_ id: Identifier) async throws -> [UInt8] {
        try await runner.run {
            let now = clock.now
            let (subscription, json) = try await store.write { session in
                guard let target = try EventTable.target(id, session) else { throw APIError.unknownEvent(id) }
                guard target.isActive else {
                    throw APIError.conflict(
                        "the event's subscription is not active any more; subscribe again and trigger a new event")
                }
                try EventTable.requeue(event: target.event, at: now, session)
                return (target.subscription, try EventTable.inspection(id, session) ?? [])
            }
            return (json, OperationEffects(dueSubscriptions: [subscription], due: now))
        }
    }
}

extension APIError {
    static func unknownEvent(_ id: Identifier) -> APIError {
        .notFound("there is no event \(id); GET /__admin/events lists what there is")
    }
}
