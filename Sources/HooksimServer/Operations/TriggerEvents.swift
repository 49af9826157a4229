import StrictJSON
import Webhooks

/// The operation that creates events: for each matching subscription, as many as the trigger's count.
struct TriggerEvents: Sendable {
    let runner: OperationRunner
    let store: Store
    let clock: SimulatedClock
    let random: CurrentRandomSource
    let settings: SettingsState
    let defaultClient: DefaultClient

    struct Result: Sendable {
        /// The created events and the number of matching subscriptions, as the JSON of the response.
        let json: [UInt8]
        let events: [(id: Identifier, entityID: String)]
    }

    /// Creates the events of a trigger. More than some hundred are created in groups, each of which is one write.
    ///
    /// - Parameter clientID: the client whose events are created; `nil` for the default client.
    /// - Throws: an ``APIError`` of 404 if there is no such client, or of 409 if it was removed or emptied before the
    ///   last group; a ``ValidationFailure`` if the response would be too large.
    func run(_ trigger: Trigger, clientID: String?) async throws -> Result {
        let (creation, first) = try await runner.run {
            let partner = try runner.partners.find(clientID: clientID ?? defaultClient.clientID)
            let creation = EventCreation(
                trigger, of: partner, at: clock.now, random: random.current, policy: RetryPolicy(settings.current))
            return ((creation, try await runGroup(of: creation)), effects(of: creation))
        }
        var isFinished = first
        while !isFinished {
            isFinished = try await runner.run {
                guard runner.partners.isCurrent(creation.partner) else {
                    throw APIError.conflict(
                        "the client was removed or emptied while its events were created; trigger them again")
                }
                return (try await runGroup(of: creation), effects(of: creation))
            }
        }
        return Result(json: creation.json, events: creation.events.map { ($0.id, $0.entityID) })
    }

    /// Creates the next events, and returns whether they were the last ones.
    private func runGroup(of creation: EventCreation) async throws -> Bool {
        try await store.write(withoutSavepoint: true) { session in
            try creation.runGroup(session)
            return creation.isFinished
        }
    }

    private func effects(of creation: EventCreation) -> OperationEffects {
        var effects = OperationEffects(dueSubscriptions: creation.subscriptions, due: creation.due)
        if runner.feed.hasSubscribers { effects.createdEvents = creation.eventsOfLastGroup }
        return effects
    }
}
