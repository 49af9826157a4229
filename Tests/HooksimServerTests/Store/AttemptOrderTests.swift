import SQLite
import Testing
import Webhooks

@testable import HooksimServer

/// Tests of the numbers of attempts that end at one instant of a frozen clock.
@Suite struct AttemptOrderTests {
    private static let instant = Timestamp(milliseconds: 1000)

    private func attempt(_ ticket: Int, isFrozen: Bool = true, at instant: Timestamp = instant) throws
        -> FinishedAttempt
    {
        var delivery = try OutgoingDelivery.test(to: "http://127.0.0.1:9/")
        delivery = OutgoingDelivery(
            event: ticket, eventID: delivery.eventID, topic: delivery.topic, entityID: "e", subscription: 1, partner: 1,
            ticket: ticket, round: 0, attempt: 1, dueAt: instant, endpointURL: delivery.endpointURL,
            endpoint: delivery.endpoint, payload: [])
        let response = ReceiverResponse(result: AttemptResult(statusCode: 200))
        return FinishedAttempt(
            delivery: delivery, startedAt: instant, endedAt: instant,
            responses: Array(repeating: response, count: ticket % 5 == 0 ? 2 : 1), isFrozen: isFrozen,
            jitterSample: 0.5, resets: 0)
    }

    private func insert(_ batch: [FinishedAttempt], _ store: Store) async throws {
        try await store.write { session in
            try AttemptOrder.makeRoom(for: batch, session)
            for attempt in batch {
                for copy in attempt.responses.indices { try AttemptTable.insert(attempt, copy: copy, session) }
            }
        }
    }

    private func stored(_ store: Store) async throws -> [[Int]] {
        try await store.read { session in
            try session.all("SELECT seq, at, ticket, copy FROM attempts ORDER BY seq") { row in
                try (0..<4).map { try row.integer($0) }
            }
        }
    }

    @Test(arguments: UInt64(1)...20)
    func `the numbers do not depend on the order of the attempts or their batches`(seed: UInt64) async throws {
        var generator = RandomSource(seed: seed).stream(.jitter, 0, 0)
        func below(_ count: Int) -> Int { min(count - 1, Int(generator.unit() * Double(count))) }
        let store = try Store(path: ":memory:")
        // Attempts of an earlier instant keep their places.
        try await insert([try attempt(1, at: Timestamp(milliseconds: 500))], store)
        var left = try (2...60).map { try attempt($0) }
        while !left.isEmpty {
            let count = min(left.count, 1 + below(9))
            try await insert((0..<count).map { _ in left.remove(at: below(left.count)) }, store)
        }
        let found = try await stored(store)
        #expect(found.map { $0[0] } == Array(1...found.count), "seed \(seed)")
        let places = found.dropFirst().map { [$0[2], $0[3]] }
        #expect(places == places.sorted { ($0[0], $0[1]) < ($1[0], $1[1]) }, "seed \(seed)")
        try await store.close()
    }

    @Test func `a batch of attempts of several instants and of a running clock is numbered too`() async throws {
        let store = try Store(path: ":memory:")
        let later = Timestamp(milliseconds: 2000)
        try await insert([try attempt(9)], store)
        try await insert(
            [try attempt(7), try attempt(3, isFrozen: false), try attempt(8, at: later), try attempt(6, at: later)],
            store)
        let found = try await stored(store)
        #expect(found.map { $0[0] } == [1, 2, 3, 4, 5])
        #expect(found.map { $0[2] }.suffix(2) == [6, 8])
        try await store.close()
    }
}
