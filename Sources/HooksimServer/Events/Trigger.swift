import Webhooks

/// What somebody wants to happen: one or more events of a topic.
struct Trigger: Sendable {
    let topic: Topic
    let entityID: String?
    let data: EventData
    let count: Int

    static let counts = 1...10_000

    struct Made: Sendable {
        /// The answer's body.
        let answer: [UInt8]
        /// The subscriptions that have something to be sent.
        let subscriptions: [Int]
        /// When the first of it is due.
        let due: Timestamp
        let events: [(id: Identifier, entityID: String)]
    }

    /// Makes the events, one for each matching subscription and each of `count`, and writes the answer.
    func run(
        partner: PartnerRecord, at now: Timestamp, random: RandomSource, policy: RetryPolicy, _ session: StoreSession
    ) throws -> Made {
        let subscriptions = try MatchingSubscriptions.find(partner: partner.row, topic: topic, session)
        var earliest = now + .longest
        var events: [(id: Identifier, entityID: String)] = []
        // The answer is written beside the rows: what was just made need not be read back.
        var answer = JSONWriter(capacity: 64 + subscriptions.count * count * 900)
        answer.beginObject()
        answer.name("data")
        answer.beginArray()
        for _ in 0..<(subscriptions.isEmpty ? 0 : count) {
            let (entityID, data) = data.make(entityID: entityID, at: now) { random.identifier().description }
            for subscription in subscriptions {
                let id = random.risingIdentifier()
                let ticket = try Sequences.nextTicket(session)
                var dice = random.stream(.jitter, UInt64(truncatingIfNeeded: ticket), 0)
                let due = Delivery(createdAt: now, policy: policy, dice: dice.unit()).dueAt ?? now
                earliest = min(earliest, due)
                let payload = EventPayload.encode(
                    id: id, topic: topic, entityID: entityID, partnerID: partner.partner.id, createdAt: now, data: data)
                let event = EventTable.NewEvent(
                    id: id, topic: topic, entityID: entityID, payload: payload, createdAt: now, dueAt: due,
                    ticket: ticket)
                try EventTable.insert(
                    event, partner: partner, subscription: subscription, writingTo: &answer, session)
                events.append((id, entityID))
            }
        }
        answer.endArray()
        answer.name("matched_subscriptions")
        answer.integer(subscriptions.count)
        answer.endObject()
        return Made(answer: answer.bytes, subscriptions: subscriptions.map(\.row), due: earliest, events: events)
    }
}
