import SQLite
import StrictJSON
import Testing
import Webhooks

@testable import HooksimServer

/// A store that changes at random, with counts of many conditions that are compared with those of SQL.
final class CountedWorld {
    private struct Refused: Error {}

    /// What a test of one condition counts.
    private struct Counted {
        let table: WaitingCount.Table
        let fields: JSON
        var waiting: WaitingCount
    }

    let store: Store
    private var generator: SeededGenerator
    private var counted: [Counted] = []
    private var rows = RandomRows()
    private var now = Timestamp(milliseconds: 10_000)
    private let settings = {
        var settings = Settings()
        settings.autoDisableThreshold = 3
        return settings
    }()

    private static let conditions: [(WaitingCount.Table, JSON)] = [
        (.events, [:]), (.events, ["topic": "payout_paid"]), (.events, ["status": "delivered"]),
        (.events, ["topic": "payout_paid", "status": "failed"]),
        (.events, ["client_id": "sandbox", "status": "pending"]),
        (.events, ["client_id": "other"]), (.events, ["entity_id": "e1"]),
        (.events, ["entity_id": "e2", "attempts": 1]),
        (.events, ["id": .string("\(WaitingCountTests.id(7))"), "status": "delivered"]),
        (.events, ["subscription_id": .string("\(Identifier(high: 8, low: 2))"), "status": "failed"]),
        (.events, ["last_status_code": 500]), (.events, ["last_error": .null]), (.events, ["last_error": "cancelled"]),
        (.events, ["endpoint_url": "http://127.0.0.1:9/", "status": "pending"]), (.events, ["payload.data.n": 1]),
        (.events, ["payload.data.n": 2, "status": "delivered"]), (.events, ["topic": .null]),
        (.attempts, [:]), (.attempts, ["outcome": "failed"]), (.attempts, ["status_code": .null]),
        (.attempts, ["topic": "payout_paid", "outcome": "delivered"]), (.attempts, ["entity_id": "e1"]),
        (.attempts, ["event_id": .string("\(WaitingCountTests.id(7))")]), (.attempts, ["failure": "status"]),
        (.attempts, ["client_id": "other", "attempt": 1]), (.attempts, ["fault": .null]),
        (.attempts, ["endpoint_url": "http://127.0.0.1:9/", "status_code": 200]),
    ]

    init(seed: UInt64, path: String) async throws {
        store = try Store(path: path, bulkGroupSize: 3)
        generator = SeededGenerator(seed: seed &* 0x2545_F491_4F6C_DD1D)
        let first = try await store.write { session in
            var rows = RandomRows()
            try rows.insertAll(session)
            return rows
        }
        rows = first
        for (table, fields) in Self.conditions {
            counted.append(Counted(table: table, fields: fields, waiting: try add(table, fields)))
        }
    }

    private func add(_ table: WaitingCount.Table, _ fields: JSON) throws -> WaitingCount {
        let condition = try WaitingCountTests.condition(fields, attempts: table == .attempts, store)
        return store.add(condition, of: table) { _ in false }
    }

    private func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }

    /// Runs one transaction of some random changes and reads, which may be rolled back.
    func step() async throws {
        if number(1...4) == 1 {
            let index = number(0...counted.count - 1)
            store.remove(counted[index].waiting)
            counted[index].waiting = try add(counted[index].table, counted[index].fields)
        }
        now = now + .milliseconds(Int64(number(0...1)))
        let seed = generator.next()
        let waiting = counted.map(\.waiting)
        let (isRefused, withoutSavepoint) = (number(1...4) == 1, number(0...1) == 0)
        let changes = RandomChanges(
            generator: SeededGenerator(seed: seed), rows: rows, settings: settings, now: now, waiting: waiting)
        do {
            rows = try await store.write(withoutSavepoint: withoutSavepoint) { session in
                var changes = changes
                try changes.run(session)
                if isRefused { throw Refused() }
                return changes.rows
            }
        } catch is Refused {}
        if rows.claimed.count > 50 { rows.claimed.removeFirst(25) }
        for one in waiting where number(1...3) == 1 { _ = try await countNext(one) }
    }

    private func countNext(_ waiting: WaitingCount) async throws -> Bool {
        let limit = number(1...8)
        return try await store.read { try $0.countNext(waiting, limit: limit) }
    }

    /// Completes all counts.
    func countAll() async throws {
        for one in counted { while try await !countNext(one.waiting) {} }
    }

    /// Compares the counts that are complete with those of SQL.
    func check(_ place: String) async throws {
        for one in counted where one.waiting.count.progress.isComplete {
            let condition = one.waiting.condition
            let count = try await store.read { session in
                one.table == .events
                    ? try EventTable.count(condition, session) : try AttemptTable.count(condition, session)
            }
            try #require(one.waiting.count.progress.count == count, "\(place): \(one.table) where \(one.fields)")
        }
    }
}

/// The rows that random changes refer to.
private struct RandomRows {
    struct Subscription {
        let row: Int
        let partner: Int
    }

    /// Two partners, of which each removal replaces some.
    var partners: [PartnerRecord] = []
    var subscriptions: [Subscription] = []
    /// Deliveries that were claimed, of which some are recorded late.
    var claimed: [OutgoingDelivery] = []
    var subscriptionCount = 0
    var resets = 0

    /// Inserts both partners, with their subscriptions.
    mutating func insertAll(_ session: StoreSession) throws {
        let other = try PartnerTable.insert(
            Partner(
                id: Identifier(high: 1, low: 3), clientID: "other", secretDigest: Partner.digest(ofSecret: "s"),
                scopes: [.read], createdAt: Timestamp(milliseconds: 0)), session)
        partners = [try StoredRows.insertPartner(session), try #require(other)]
        subscriptions = []
        for partner in [0, 0, 1] { try insertSubscription(of: partner, session) }
    }

    mutating func insertSubscription(of partner: Int, _ session: StoreSession) throws {
        subscriptionCount += 1
        let id = Identifier(high: 8, low: UInt64(subscriptionCount))
        let row = try StoredRows.insertSubscription(id, of: partners[partner], session)
        subscriptions.append(Subscription(row: row, partner: partner))
    }

    /// Replaces a partner by one without events.
    mutating func empty(_ partner: Int, _ session: StoreSession) throws {
        partners[partner] = try PartnerTable.empty(partners[partner], session)
        let count = subscriptions.count
        subscriptions.removeAll { $0.partner == partner }
        for _ in subscriptions.count..<count { try insertSubscription(of: partner, session) }
    }
}

/// Some random changes of one transaction.
private struct RandomChanges {
    var generator: SeededGenerator
    var rows: RandomRows
    let settings: Settings
    let now: Timestamp
    let waiting: [WaitingCount]

    private mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }

    mutating func run(_ session: StoreSession) throws {
        for _ in 0..<number(1...6) { try change(session) }
    }

    private mutating func change(_ session: StoreSession) throws {
        switch number(0...34) {
        case 0...8: try insert(session)
        case 9...12: try claim(session)
        case 13...20: try record(session)
        case 21...22: if let row = try row(session) { try EventTable.requeue(event: row, at: now, session) }
        case 23:
            try BulkOperation.begin(.retry(partner: rows.partners[number(0...1)].row), at: now, session)
        case 24:
            let subscription = pickSubscription()
            let partner = rows.partners[subscription.partner].row
            try BulkOperation.begin(
                .cancellation(subscription: subscription.row, partner: partner, reason: "cancelled"), at: now, session)
        case 25: _ = try AttemptTable.removeOldest(keeping: number(0...20), limit: number(1...10), session)
        case 26:
            let last = try lastRow(session) ?? 0
            _ = try EventTable.removeFinal(
                after: max(0, last - number(10...40)), keeping: number(1...20), limit: number(1...20), session)
        case 27 where number(1...3) == 1: try remove(session)
        case 28...31:
            guard let next = try BulkOperationTable.next(after: number(0...5), session) else { return }
            _ = try BulkOperation.runNext(ofNumber: next.number, session)
        default:
            let one = waiting[number(0...waiting.count - 1)]
            _ = try session.countNext(one, limit: number(1...8))
        }
    }

    private mutating func remove(_ session: StoreSession) throws {
        guard number(0...2) == 0 else { return try rows.empty(number(0...1), session) }
        rows.resets += 1
        try PartnerTable.removeAll(resets: rows.resets, session)
        try rows.insertAll(session)
    }

    private mutating func pickSubscription() -> RandomRows.Subscription {
        rows.subscriptions[number(0...rows.subscriptions.count - 1)]
    }

    private func lastRow(_ session: StoreSession) throws -> Int? {
        try session.first("SELECT MAX(event) FROM events") { try $0.optional(0, $0.integer) } ?? nil
    }

    private mutating func row(_ session: StoreSession) throws -> Int? {
        try lastRow(session).map { number(1...$0) }
    }

    private mutating func insert(_ session: StoreSession) throws {
        let subscription = pickSubscription()
        let next = try Sequences.nextTicket(session)
        try WaitingCountTests.insert(
            next, topic: number(0...1) == 0 ? .payoutPaid : .invoicePaid, of: rows.partners[subscription.partner],
            subscription: subscription.row, session)
    }

    private mutating func claim(_ session: StoreSession) throws {
        rows.claimed += try EventTable.claim(
            subscription: pickSubscription().row, now: now + .longest, limit: number(1...4), inFlight: [],
            policy: RetryPolicy(settings), session
        ).deliveries
    }

    private mutating func record(_ session: StoreSession) throws {
        guard !rows.claimed.isEmpty else { return }
        let delivery = rows.claimed.remove(at: number(0...rows.claimed.count - 1))
        let results = [
            AttemptResult(statusCode: 200), AttemptResult(statusCode: 500), AttemptResult(failure: .connectionReset),
            AttemptResult(statusCode: number(1...5) == 1 ? 410 : 503),
        ]
        let responses = (0..<number(1...2)).map { _ in ReceiverResponse(result: results[number(0...3)]) }
        let attempt = FinishedAttempt(
            delivery: delivery, startedAt: now, endedAt: now, responses: responses, isFrozen: number(0...1) == 0,
            jitterSample: 0.5, resets: 0)
        _ = try EventTable.record(attempt, settings: settings, session)
    }
}
