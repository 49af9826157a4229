import SQLite
import StrictJSON
import Synchronization
import Testing
import Webhooks

@testable import HooksimServer

/// Tests of the counts for which expectations wait.
@Suite struct WaitingCountTests {
    @Test(arguments: 1...40)
    func `the counts equal those of SQL after each commit`(seed: UInt64) async throws {
        try await withTemporaryStore { path in
            // A reset of a store in memory replaces its database, while that of a file removes the rows later.
            let world = try await CountedWorld(seed: seed, path: seed % 10 == 0 ? path : ":memory:")
            for step in 1...60 {
                try await world.step()
                try await world.check("seed \(seed), step \(step)")
            }
            try await world.countAll()
            try await world.check("seed \(seed), at the end")
            try await world.store.close()
        }
    }

    @Test func `a count of many rows takes several reads, between which rows may change`() async throws {
        let store = try Store(path: ":memory:")
        _ = try await Self.fill(store, count: 2500)
        let condition = try Self.condition(["entity_id": "e0", "last_error": "gone"], store)
        let waiting = store.add(condition, of: .events) { $0 == 2 }
        #expect(try await !store.countNext(waiting))
        // The count has passed the first row and not yet the second one; the third one is of another entity.
        try await store.write { session in
            for row in [10, 2000, 2001] {
                try session.noteTransition(ofEvent: row) { $0.lastError = "gone" }
                try session.run("UPDATE events SET last_error = 'gone' WHERE event = ?", row)
            }
        }
        #expect(try await !store.countNext(waiting))
        #expect(try await store.countNext(waiting))
        guard case .met(2) = waiting.count.result else {
            Issue.record("\(waiting.count.result)")
            return
        }
        try await store.close()
    }

    @Test func `a read for a count costs the same however many rows there are`() async throws {
        var steps: [Int] = []
        for count in [1500, 6000] {
            let store = try Store(path: ":memory:")
            _ = try await Self.fill(store, count: count)
            let condition = try Self.condition(["topic": "payout_paid", "entity_id": "e1"], store)
            let waiting = store.add(condition, of: .events) { _ in false }
            steps.append(
                try store.writeSynchronously { session in
                    try session.countingSteps { _ = try session.countNext(waiting) }
                })
            try await store.close()
        }
        #expect(steps[1] < steps[0] + steps[0] / 4, "\(steps) steps")
    }

    @Test func `a delivery costs SQLite the same however many expectations wait`() async throws {
        var steps: [Int] = []
        for number in [1, 200] {
            let store = try Store(path: ":memory:")
            let partner = try await Self.fill(store, count: 2)
            for index in 0..<number {
                for (table, fields) in [
                    (.events, ["topic": "payout_paid", "status": "delivered"]),
                    (.events, ["entity_id": .string("e\(index)"), "status": "delivered"]),
                    (.events, ["client_id": "sandbox", "last_status_code": 200, "attempts": .number(index)]),
                    (.events, ["topic": "invoice_paid", "payload.data.n": .number(index)]),
                    (.attempts, ["outcome": "failed"]), (.attempts, ["event_id": .string("\(Self.id(1))")]),
                ] as [(WaitingCount.Table, JSON)] {
                    let waiting = store.add(try Self.condition(fields, store), of: table) { _ in false }
                    #expect(try await store.countNext(waiting))
                }
            }
            steps.append(
                try store.writeSynchronously { session in
                    // The first delivery reads the subscription, which is then known.
                    for row in 1...2 {
                        let cost = try session.countingSteps { try Self.deliver(row, of: partner, session) }
                        if row == 2 { return cost }
                    }
                    return 0
                })
            try await store.close()
        }
        #expect(steps[0] == steps[1] && steps[0] > 0)
    }

    @Test func `an expectation on the payload reads only the events that its other conditions concern`() async throws {
        let store = try Store(path: ":memory:")
        let partner = try await Self.fill(store, count: 3)
        let condition = try Self.condition(["payload.data.n": 1, "entity_id": "e1", "status": "delivered"], store)
        let waiting = store.add(condition, of: .events) { _ in false }
        #expect(try await store.countNext(waiting))
        let steps = try store.writeSynchronously { session in
            try Self.deliver(3, of: partner, session)
            return try (1...2).map { row in try session.countingSteps { try Self.deliver(row, of: partner, session) } }
        }
        // The entities of the first and the second row are e1 and e2.
        #expect(steps[0] > steps[1])
        #expect(waiting.count.progress == .complete(1))
        try await store.close()
    }

    @Test func `an error in an expectation's own condition fails no write`() async throws {
        let store = try Store(path: ":memory:")
        let partner = try await Self.fill(store, count: 1)
        let condition = try Self.condition(["payload.data.n": 1], store)
        let waiting = store.add(condition, of: .events) { _ in false }
        #expect(try await store.countNext(waiting))
        try await store.write { session in try Self.insert(2, payload: "{", of: partner, subscription: 1, session) }
        await #expect(throws: SQLiteError.self) { _ = try await store.countNext(waiting) }
        #expect(try await store.read { try EventCounts.pending($0) } == 2)
        try await store.close()
    }

    @Test(.timeLimit(.minutes(3))) func `a writer is resumed before an expectation that its commit meets`() async throws
    {
        let store = try Store(path: ":memory:")
        let partner = try await Self.fill(store, count: 0)
        for row in 1...50 {
            let waiting = store.add(try Self.condition(["status": "pending"], store), of: .events) { $0 == row }
            #expect(try await store.countNext(waiting))
            let version = waiting.count.changes.version
            let versionAtEnd = Mutex(version + 1)
            store.write {
                try Self.insert(row, of: partner, subscription: 1, $0)
            } completion: { _ in
                versionAtEnd.withLock { $0 = waiting.count.changes.version }
            }
            await waiting.count.changes.wait(after: version)
            #expect(versionAtEnd.withLock { $0 } == version)
        }
        try await store.close()
    }

    @Test func `an expectation is met by a number that holds for one commit only`() async throws {
        let store = try Store(path: ":memory:")
        let partner = try await Self.fill(store, count: 0)
        let waiting = store.add(try Self.condition(["status": "pending"], store), of: .events) { $0 == 1 }
        #expect(try await store.countNext(waiting))
        for row in 1...2 {
            try await store.write { try Self.insert(row, of: partner, subscription: 1, $0) }
        }
        guard case .met(1) = waiting.count.result else {
            Issue.record("\(waiting.count.result)")
            return
        }
        try await store.close()
    }
}

extension WaitingCountTests {
    static func id(_ number: Int) -> Identifier { Identifier(high: 5, low: UInt64(number)) }

    static func condition(_ fields: JSON, attempts: Bool = false, _ store: Store) throws -> Condition {
        let partners = try PartnerRegistry(store: store)
        var condition = Condition()
        for (name, value) in fields.object?.members ?? [] {
            if name.hasPrefix(PayloadField.prefix) {
                try condition.requirePayload(name, equals: value)
            } else {
                let isOfAttempts = attempts || ConditionFields.events[name] == nil
                let known = isOfAttempts ? ConditionFields.attempts : ConditionFields.events
                try condition.require(try #require(known[name]), equals: value, partners: partners)
            }
        }
        return condition
    }

    /// Inserts an event whose row has a number, which is also the last part of its id.
    static func insert(
        _ number: Int, topic: Topic = .payoutPaid, payload: String? = nil, of partner: PartnerRecord,
        subscription: Int, _ session: StoreSession
    ) throws {
        let now = Timestamp(milliseconds: 1000)
        let event = EventTable.NewEvent(
            id: id(number), topic: topic, entityID: "e\(number % 10)",
            payload: Array((payload ?? "{\"data\":{\"n\":\(number % 3)}}").utf8), createdAt: now, dueAt: now,
            ticket: number)
        try StoredRows.insert(event, of: partner, subscription: subscription, session)
    }

    /// Inserts a partner, a subscription, and events 1 to `count` of the subscription.
    static func fill(_ store: Store, count: Int) async throws -> PartnerRecord {
        try await store.write { session in
            let partner = try StoredRows.insertPartner(session)
            let subscription = try StoredRows.insertSubscription(Identifier(high: 8, low: 8), of: partner, session)
            for number in 0..<count {
                try insert(number + 1, of: partner, subscription: subscription, session)
            }
            return partner
        }
    }

    /// Records an attempt that delivers an event of subscription 1.
    static func deliver(_ row: Int, of partner: PartnerRecord, _ session: StoreSession) throws {
        let now = Timestamp(milliseconds: 2000)
        let delivery = OutgoingDelivery(
            event: row, eventID: id(row), topic: .payoutPaid, entityID: "e\(row % 10)", subscription: 1,
            partner: partner.row, ticket: row, round: 0, attempt: 1, dueAt: now, endpointURL: "http://127.0.0.1:9/",
            endpoint: nil, secretKey: nil, payload: [])
        let attempt = FinishedAttempt(
            delivery: delivery, startedAt: now, endedAt: now,
            responses: [ReceiverResponse(result: AttemptResult(statusCode: 200))], isFrozen: false, jitterSample: 0.5,
            resets: 0)
        #expect(try EventTable.record(attempt, settings: Settings(), session)?.status == .delivered)
    }
}
