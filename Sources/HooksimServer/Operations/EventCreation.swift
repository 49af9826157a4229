import StrictJSON
import Webhooks

/// The creation of a trigger's events, with the body of the response. The body is written together with the rows, so
/// that they need not be read back.
///
/// The conformance is unchecked: the creation is used by one write at a time, and by its operation between two.
final class EventCreation: @unchecked Sendable {
    let partner: PartnerRecord
    private let trigger: Trigger
    private let now: Timestamp
    private let random: RandomSource
    private let policy: RetryPolicy

    private var writer = JSONWriter(capacity: 16)
    private(set) var events: [OperationEffects.CreatedEvent] = []
    /// The number of events that were created before the last group.
    private var earlierEvents = 0
    /// The subscriptions that match, each of which gets as many events as the trigger's count.
    private var matching: [MatchingSubscriptions.Match] = []
    /// The number of pairs of a subscription and one of the trigger's events that were visited.
    private var visited = 0
    /// The object that is the same in the events of all subscriptions.
    private var object: (entityID: String, data: [UInt8]) = ("", [])
    /// The instant at which the first of the events is due.
    private(set) var due = Timestamp(milliseconds: 0)

    /// The limit in bytes of the response, which has the payloads of all events.
    static let maxResponse = 64 << 20
    /// The number of events whose response can't be too large, since a payload is hardly larger than the request.
    private static let fewEvents = 40
    /// The number of bytes of a row in the response without its payload, at most.
    private static let rowSize = 500
    /// The number of bytes of most rows with their payload.
    private static let usualRowSize = 900
    /// The number of bytes of payloads after which a group ends.
    private static let groupBytes = 1 << 20

    init(
        _ trigger: Trigger, of partner: PartnerRecord, at now: Timestamp, random: RandomSource, policy: RetryPolicy
    ) {
        self.trigger = trigger
        self.partner = partner
        self.now = now
        self.random = random
        self.policy = policy
    }

    /// Whether all events were created.
    var isFinished: Bool { visited == matching.count * trigger.count }
    /// The row numbers of the subscriptions that match.
    var subscriptions: [Int] { matching.map(\.row) }
    /// The events that the last group created.
    var eventsOfLastGroup: [OperationEffects.CreatedEvent] { Array(events[earlierEvents...]) }
    /// The created events and the number of matching subscriptions, as the JSON of the response.
    var json: [UInt8] { writer.bytes }

    /// Creates the next events within a transaction.
    ///
    /// - Throws: a ``ValidationFailure``, before anything is created, if the response would be larger than
    ///   ``maxResponse``.
    func runGroup(_ session: StoreSession) throws {
        let active = try MatchingSubscriptions.find(partner: partner.row, topic: trigger.topic, session)
        let isFirst = visited == 0
        if isFirst { try begin(active) }
        // A subscription that was deleted since the first group gets no more events.
        let rows = isFirst ? nil : Set(active.map(\.row))
        earlierEvents = events.count
        var bytes = 0
        while !isFinished, events.count - earlierEvents < session.groupSize, bytes < Self.groupBytes {
            if visited % matching.count == 0 {
                object = trigger.data.make(entityID: trigger.entityID, at: now) { random.identifier().description }
            }
            let subscription = matching[visited % matching.count]
            visited += 1
            guard rows?.contains(subscription.row) ?? true else { continue }
            bytes += try create(subscription, session)
        }
        if isFinished { end() }
    }

    private func begin(_ matching: [MatchingSubscriptions.Match]) throws {
        let count = matching.count * trigger.count
        let size = count > Self.fewEvents ? try checkedSize(count) : count * Self.usualRowSize
        self.matching = matching
        due = now + .longest
        writer = JSONWriter(capacity: size + 64)
        writer.beginObject()
        writer.name("data")
        writer.beginArray()
    }

    /// Returns the size of the rows in the response.
    ///
    /// - Throws: a ``ValidationFailure`` if the response would be too large.
    private func checkedSize(_ count: Int) throws -> Int {
        let object = trigger.data.make(entityID: trigger.entityID, at: now) { partner.partner.id.description }
        let payload = payload(id: partner.partner.id, object: object)
        let size = count * (payload.count + Self.rowSize)
        guard size <= Self.maxResponse else {
            throw ValidationFailure(
                "count",
                .invalid(
                    "leads to \(count) events with payloads of \(payload.count) bytes, whose response would have "
                        + "\(size >> 20) MiB; the limit is \(Self.maxResponse >> 20) MiB; "
                        + "send several requests with a smaller count"),
                .unacceptable)
        }
        return size
    }

    private func end() {
        writer.endArray()
        writer.name("matched_subscriptions")
        writer.integer(matching.count)
        writer.endObject()
    }

    /// Creates an event for a subscription, and returns the size of its payload.
    private func create(_ subscription: MatchingSubscriptions.Match, _ session: StoreSession) throws -> Int {
        let id = random.risingIdentifier()
        let ticket = try Sequences.nextTicket(session)
        var generator = random.stream(.jitter, UInt64(truncatingIfNeeded: ticket), 0)
        let dueAt = Delivery(createdAt: now, policy: policy, sample: generator.unit()).dueAt ?? now
        due = min(due, dueAt)
        let event = EventTable.NewEvent(
            id: id, topic: trigger.topic, entityID: object.entityID, payload: payload(id: id, object: object),
            createdAt: now, dueAt: dueAt, ticket: ticket)
        try EventTable.insert(event, partner: partner, subscription: subscription, writingTo: &writer, session)
        events.append(
            OperationEffects.CreatedEvent(
                id: id, topic: trigger.topic, entityID: object.entityID, clientID: partner.partner.clientID,
                createdAt: now))
        return event.payload.count
    }

    private func payload(id: Identifier, object: (entityID: String, data: [UInt8])) -> [UInt8] {
        EventPayload.encode(
            id: id, topic: trigger.topic, entityID: object.entityID, partnerID: partner.partner.id, createdAt: now,
            data: object.data)
    }
}
