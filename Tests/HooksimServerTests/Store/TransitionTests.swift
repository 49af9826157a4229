import SQLite
import Testing
import Webhooks

@testable import HooksimServer

/// Tests that the statements that change many events at once change each event as the state machine does.
@Suite struct TransitionTests {
    private static let now = Timestamp(milliseconds: 1_000_000)
    private static let policy = RetryPolicy(Settings())

    /// Deliveries in every state that the store can contain, each created by the inputs that lead to it.
    private static let states: [Delivery] = {
        let earlier = Timestamp(milliseconds: 1000)
        let inputs: [[Delivery.Input]] = [
            [], [.due, .finished(AttemptResult(statusCode: 500))], [.due, .finished(AttemptResult(statusCode: 200))],
            [.due, .finished(AttemptResult(statusCode: 410))], [.cancelled], [.cancelled, .requeued],
            [.due, .finished(AttemptResult(statusCode: 200)), .requeued], [.requeued, .requeued],
            [.cancelled, .requeued, .due, .finished(AttemptResult(statusCode: 503))],
        ]
        return inputs.map { inputs in
            var delivery = Delivery(createdAt: earlier, policy: policy, sample: 0.5)
            for input in inputs { _ = delivery.step(input, at: earlier, policy: policy) }
            return delivery
        }
    }()

    private static func insert(_ delivery: Delivery, number: Int, of partner: PartnerRecord, _ session: StoreSession)
        throws
    {
        let event = EventTable.NewEvent(
            id: Identifier(high: 9, low: UInt64(number)), topic: .payoutPaid, entityID: "e", payload: [],
            createdAt: Timestamp(milliseconds: 1000), dueAt: Timestamp(milliseconds: 1000), ticket: number)
        try StoredRows.insert(event, of: partner, subscription: 1, session)
        try session.run(
            """
            UPDATE events SET status = ?, attempts = ?, attempts_in_round = ?, round = ?, due_at = ? WHERE event = ?
            """, delivery.status.number, delivery.attempts, delivery.attemptsInRound, delivery.round, delivery.dueAt,
            number)
        session.countChanges.move(
            1, partner: partner.row, topic: Topic.payoutPaid.number, from: .pending, to: delivery.status)
    }

    private static func stored(_ session: StoreSession) throws -> [Delivery] {
        try session.all("SELECT status, attempts, attempts_in_round, round, due_at FROM events ORDER BY event") {
            Delivery(
                status: try $0.status(0), attempts: try $0.integer(1), attemptsInRound: try $0.integer(2),
                round: try $0.integer(3), dueAt: try $0.optional(4, $0.timestamp), roundInFlight: nil)
        }
    }

    enum Statement: CaseIterable {
        case cancelPending, requeueFailed, requeueEach

        func run(of partner: PartnerRecord, _ session: StoreSession) throws {
            switch self {
            case .cancelPending:
                _ = try EventTable.cancelPending(
                    subscription: 1, reason: "gone", at: now, limit: 100, session)
            case .requeueFailed:
                var position = BulkOperation.Position(subscription: 1)
                let count = try EventTable.retryableCount(partner: partner.row, session)
                #expect(
                    try EventTable.requeueFailed(after: &position, upTo: 100, at: now, limit: 100, session) == count)
            case .requeueEach:
                for number in 1...states.count { try EventTable.requeue(event: number, at: now, session) }
            }
        }

        /// Returns the state machine's result for a delivery that the statement changes.
        func expected(_ delivery: Delivery) -> Delivery {
            var delivery = delivery
            switch self {
            case .cancelPending: _ = delivery.step(.cancelled, at: now, policy: policy)
            case .requeueFailed:
                if delivery.status == .failed { _ = delivery.step(.requeued, at: now, policy: policy) }
            case .requeueEach: _ = delivery.step(.requeued, at: now, policy: policy)
            }
            return delivery
        }
    }

    @Test(arguments: Statement.allCases)
    func `a statement on many events does what the state machine does to each, and counts it`(statement: Statement)
        async throws
    {
        let store = try Store(path: ":memory:")
        try await store.write { session in
            let partner = try StoredRows.insertPartner(session)
            _ = try StoredRows.insertSubscription(Identifier(high: 8, low: 8), of: partner, session)
            for (index, delivery) in Self.states.enumerated() {
                try Self.insert(delivery, number: index + 1, of: partner, session)
            }
            try statement.run(of: partner, session)
            #expect(try Self.stored(session) == Self.states.map(statement.expected))
        }
        let found = try await store.read { session in
            (
                try EventCounts.all(session).map { "\($0.status) \($0.count)" },
                try session.all("SELECT status, COUNT(*) FROM events GROUP BY status ORDER BY status") {
                    "\(try $0.status(0)) \(try $0.integer(1))"
                },
                try session.all("SELECT ticket FROM events WHERE due_at = ? ORDER BY ticket", Self.now) {
                    try $0.integer(0)
                }
            )
        }
        #expect(found.0 == found.1)
        #expect(Set(found.2).count == found.2.count, "a ticket was given twice")
        try await store.close()
    }
}
