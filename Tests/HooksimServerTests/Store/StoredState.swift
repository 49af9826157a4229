import SQLite
import Webhooks

@testable import HooksimServer

/// The rows of a store at one instant, read without the simulator's own queries.
struct StoredState: Sendable {
    struct Partner: Sendable {
        let row: Int
        let clientID: String
        let secretDigest: [UInt8]
    }

    struct Subscription: Sendable {
        let row: Int
        let partner: Int
        let endpointURL: String
        let isActive: Bool
    }

    struct Event: Sendable {
        let row: Int
        let id: Identifier
        let partner: Int
        let subscription: Int
        let topic: Int
        let status: EventStatus
        let round: Int
        let dueAt: Timestamp?
        let entityID: String
        let payload: [UInt8]

        var key: EventKey { EventKey(id: id, entityID: entityID) }
    }

    struct Attempt: Sendable {
        let event: Int
        let partner: Int
        let endpointURL: String
    }

    /// The columns by which events are counted.
    struct Kind: Hashable, Sendable {
        let partner: Int
        let topic: Int
        let status: Int
    }

    let partners: [Partner]
    let subscriptions: [Subscription]
    let events: [Event]
    let attempts: [Attempt]
    /// The row number of a partner for the digest of each of its tokens.
    let tokens: [[UInt8]: Int]
    let counts: [Kind: Int]
    /// The clients of the recorded actions.
    let recordedClients: Set<String>
    /// The row numbers of the subscriptions whose pending deliveries are being cancelled.
    private let cancelledSubscriptions: Set<Int>
    /// The row numbers of the partners whose failed events are being retried.
    private let retriedPartners: Set<Int>

    /// The condition of a row of a partner that was not removed, or whose removal has ended.
    private static let isNotBeingRemoved = """
        NOT EXISTS (SELECT 1 FROM bulk_operations WHERE kind = 2 AND partner BETWEEN first_partner AND last_partner)
        """

    init(_ session: StoreSession) throws {
        partners = try session.all("SELECT partner, client_id, secret_digest FROM partners") {
            Partner(row: try $0.integer(0), clientID: $0.string(1), secretDigest: Array($0.bytes(2)))
        }
        subscriptions = try session.all(
            """
            SELECT subscription, partner, endpoint_url, is_active FROM subscriptions WHERE \(Self.isNotBeingRemoved)
            """
        ) {
            Subscription(
                row: try $0.integer(0), partner: try $0.integer(1), endpointURL: $0.string(2), isActive: $0.bool(3))
        }
        events = try session.all(
            """
            SELECT event, id, partner, subscription, topic, status, round, due_at, entity_id, payload FROM events
            WHERE \(Self.isNotBeingRemoved)
            """
        ) {
            Event(
                row: try $0.integer(0), id: try $0.identifier(1), partner: try $0.integer(2),
                subscription: try $0.integer(3), topic: try $0.integer(4), status: try $0.status(5),
                round: try $0.integer(6), dueAt: try $0.optional(7, $0.timestamp), entityID: $0.string(8),
                payload: Array($0.bytes(9)))
        }
        attempts = try session.all(
            "SELECT event, partner, endpoint_url FROM attempts WHERE \(Self.isNotBeingRemoved)"
        ) {
            Attempt(event: try $0.integer(0), partner: try $0.integer(1), endpointURL: $0.string(2))
        }
        let tokens = try session.all(
            "SELECT digest, partner FROM tokens WHERE \(Self.isNotBeingRemoved)"
        ) { (Array($0.bytes(0)), try $0.integer(1)) }
        self.tokens = Dictionary(uniqueKeysWithValues: tokens)
        let counts = try session.all("SELECT partner, topic, status, count FROM event_counts") {
            (Kind(partner: try $0.integer(0), topic: try $0.integer(1), status: try $0.integer(2)), try $0.integer(3))
        }
        // A read may run in parallel to writes that are not committed yet, whose changes of the counts are still in
        // memory.
        let changes = session.countChanges.byKind.map { kind, change in
            (Kind(partner: kind.partner, topic: kind.topic, status: kind.status), change)
        }
        self.counts = Dictionary(counts + changes, uniquingKeysWith: +).filter { $0.value != 0 }
        recordedClients = Set(
            try session.all("SELECT DISTINCT client_id FROM actions WHERE client_id IS NOT NULL") { $0.string(0) })
        cancelledSubscriptions = Set(
            try session.all("SELECT subscription FROM bulk_operations WHERE kind = 1") { try $0.integer(0) })
        retriedPartners = Set(
            try session.all("SELECT first_partner FROM bulk_operations WHERE kind = 0") { try $0.integer(0) })
    }

    /// Returns whether an event is failed only until the retry of its partner's events comes to it.
    func isBeingRetried(_ event: Event) -> Bool { retriedPartners.contains(event.partner) }

    /// Returns whether an event is pending only until the cancellation of its subscription comes to it.
    func isBeingCancelled(_ event: Event) -> Bool { cancelledSubscriptions.contains(event.subscription) }
}

/// The identity of an event: ids may be used again after a reset, entity ids are not.
struct EventKey: Hashable, Sendable {
    let id: Identifier
    let entityID: String
}
