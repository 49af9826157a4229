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

    /// Creates the events of a trigger.
    ///
    /// - Parameter clientID: the client whose events are created; `nil` for the default client.
    /// - Throws: an ``APIError`` of 404 if there is no such client.
    func run(_ trigger: Trigger, clientID: String?) async throws -> Result {
        try await runner.run {
            let partner = try runner.partners.find(clientID: clientID ?? defaultClient.clientID)
            let now = clock.now
            let source = random.current
            let policy = RetryPolicy(settings.current)
            let created = try await store.write(withoutSavepoint: true) { session in
                try Creation(trigger, of: partner, at: now, random: source, policy: policy, session)
            }
            var effects = OperationEffects(dueSubscriptions: created.subscriptions, due: created.due)
            if runner.feed.hasSubscribers {
                effects.createdEvents = created.events.map {
                    OperationEffects.CreatedEvent(
                        id: $0.id, topic: trigger.topic, entityID: $0.entityID, clientID: partner.partner.clientID,
                        createdAt: now)
                }
            }
            return (Result(json: created.json, events: created.events), effects)
        }
    }
}

/// The events that a trigger created, with the body of the response. The body is written together with the rows, so
/// that they need not be read back.
private struct Creation: Sendable {
    let json: [UInt8]
    let subscriptions: [Int]
    let due: Timestamp
    let events: [(id: Identifier, entityID: String)]

    init(
        _ trigger: Trigger, of partner: PartnerRecord, at now: Timestamp, random: RandomSource, policy: RetryPolicy,
        _ session: StoreSession
    ) throws {
        let matching = try MatchingSubscriptions.find(partner: partner.row, topic: trigger.topic, session)
        var earliest = now + .longest
        var events: [(id: Identifier, entityID: String)] = []
        var json = JSONWriter(capacity: 64 + matching.count * trigger.count * 900)
        json.beginObject()
        json.name("data")
        json.beginArray()
        for _ in 0..<(matching.isEmpty ? 0 : trigger.count) {
            let (entityID, data) = trigger.data.make(entityID: trigger.entityID, at: now) {
                random.identifier().description
            }
            for subscription in matching {
                let id = random.risingIdentifier()
                let ticket = try Sequences.nextTicket(session)
                var generator = random.stream(.jitter, UInt64(truncatingIfNeeded: ticket), 0)
                let due = Delivery(createdAt: now, policy: policy, sample: generator.unit()).dueAt ?? now
                earliest = min(earliest, due)
                let payload = EventPayload.encode(
                    id: id, topic: trigger.topic, entityID: entityID, partnerID: partner.partner.id, createdAt: now,
                    data: data)
                let event = EventTable.NewEvent(
                    id: id, topic: trigger.topic, entityID: entityID, payload: payload, createdAt: now, dueAt: due,
                    ticket: ticket)
                try EventTable.insert(
                    event, partner: partner, subscription: subscription, writingTo: &json, session)
                events.append((id, entityID))
            }
        }
        json.endArray()
        json.name("matched_subscriptions")
        json.integer(matching.count)
        json.endObject()
        self.json = json.bytes
        self.subscriptions = matching.map(\.row)
        self.due = earliest
        self.events = events
    }
}
