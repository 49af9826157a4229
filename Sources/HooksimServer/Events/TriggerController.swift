import Hummingbird
import Webhooks

/// `POST /__admin/events`: makes something happen.
struct TriggerController: Sendable {
    let store: Store
    let partners: PartnerRegistry
    let clock: SimulatedClock
    let random: CurrentRandomSource
    let settings: SettingsStore
    let worker: DeliveryWorker
    let stream: EventStream
    let startPartner: StartPartner

    func addRoutes(to routes: inout Routes) {
        routes.add(.post, "/__admin/events", "triggerEvent") { try await trigger($0, $1) }
    }

    private func trigger(_ request: Request, _ context: SimulatorContext) async throws -> Response {
        var fields = ControlFields(try await request.jsonObject())
        let clientID = fields.string("client_id")
        let trigger = Trigger(&fields)
        try fields.check()
        guard let trigger else { throw fields.failure }
        let partner = try partners.find(clientID: clientID ?? startPartner.clientID)
        let now = clock.now
        let policy = RetryPolicy(settings.current)
        let made = try await store.write(withoutSavepoint: true) { [random] session in
            try trigger.run(partner: partner, at: now, random: random.current, policy: policy, session)
        }
        context.trace.note(
            created: .init(
                ids: made.events.map(\.id), entityID: made.events.count == 1 ? made.events[0].entityID : nil))
        if stream.isWatched {
            for event in made.events {
                stream.publishEvent(
                    event.id, topic: trigger.topic, entityID: event.entityID, clientID: partner.partner.clientID,
                    status: .pending, at: now)
            }
        }
        // After they were announced, so that no subscriber learns of a delivery before it learns of its event.
        worker.wake(made.subscriptions, at: made.due)
        return .json(.created, made.answer)
    }
}

extension Trigger {
    /// Reads the call's body; `nil` when `fields` has failures.
    init?(_ fields: inout ControlFields) {
        let topic = fields.string("topic", isRequired: true).flatMap { text in
            fields.failure.collect("topic", .unacceptable) { try Topic(checking: text) }
        }
        entityID = fields.string("entity_id")
        let data = fields.object("data")
        let values = fields.object("set") ?? JSONObject()
        count = fields.integer("count", in: Self.counts) ?? 1
        let lengths = EventData.entityIDLengths
        if let entityID, !lengths.contains(entityID.unicodeScalars.count) {
            fields.failure.add(
                "entity_id", .unexpected(expected: "\(lengths.lowerBound) to \(lengths.upperBound) characters long"),
                .unacceptable)
        }
        guard let topic else { return nil }
        self.topic = topic
        do {
            self.data = try EventData(data, setting: values, sample: Samples[topic])
        } catch {
            for entry in error.entries { fields.failure.add(entry.field, entry.problem, .unacceptable) }
            return nil
        }
    }
}
