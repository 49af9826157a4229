import NIOCore
import SQLite
import StrictJSON
import Testing
import Webhooks

@testable import HooksimServer

/// Tests of pages, which are written column by column directly from the store. Pages of random rows, from either end,
/// must have the same bytes as those of a simple implementation that sorts and slices JSON objects.
@Suite struct EventPageTests {
    /// A row of the store, and its JSON in the API.
    private struct Row {
        let id: Identifier
        let createdAt: Timestamp
        let topic: Topic
        let status: EventStatus
        let json: JSON

        var key: (Timestamp, String) { (createdAt, id.description) }
    }

    @Test(arguments: 0..<12 as Range<UInt64>)
    func `a page of random rows is the bytes that the plain way makes`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let store = try Store(path: ":memory:")
        let count = Int.random(in: 0..<60, using: &generator)
        let (partner, rows) = try store.writeSynchronously { connection in
            let partner = try StoredRows.insertPartner(connection)
            let rows = try (0..<count).map { number in
                try Self.insertRow(number, of: partner, using: &generator, connection)
            }
            return (partner, rows)
        }
        for _ in 0..<40 {
            var request = PageRequest()
            request.limit = Int.random(in: 1...25, using: &generator)
            if let row = rows.randomElement(using: &generator), Bool.random(using: &generator) {
                request.start = Bool.random(using: &generator) ? .after(row.id) : .before(row.id)
            }
            var filter = EventFilter()
            if Int.random(in: 0..<3, using: &generator) == 0 { filter.topic = rows.first?.topic }
            if Int.random(in: 0..<3, using: &generator) == 0 { filter.status = rows.last?.status }
            if Int.random(in: 0..<4, using: &generator) == 0 {
                filter.from = rows.randomElement(using: &generator)?.createdAt
            }
            if Int.random(in: 0..<4, using: &generator) == 0 {
                filter.to = rows.randomElement(using: &generator)?.createdAt
            }
            let page = try store.writeSynchronously { [filter, request] in
                try EventTable.page(request, filter, of: partner, $0)
            }
            #expect(
                String(buffer: page) == Self.plainPage(request, filter, of: rows).description,
                "seed \(seed): \(request) of \(count)")
        }
    }

    private static func plainPage(_ request: PageRequest, _ filter: EventFilter, of rows: [Row]) -> JSON {
        let sorted = rows.sorted { $0.key > $1.key }
        let listed = sorted.filter { row in
            (filter.topic == nil || row.topic == filter.topic) && (filter.status == nil || row.status == filter.status)
                && filter.from ?? row.createdAt <= row.createdAt && (filter.to.map { row.createdAt < $0 } ?? true)
        }
        let page: [Row]
        let newer: Bool
        let older: Bool
        switch request.start {
        case .newest:
            page = Array(listed.prefix(request.limit))
            (newer, older) = (false, listed.count > page.count)
        case .after(let id):
            let anchor = sorted.first { $0.id == id }!.key
            let rest = listed.filter { $0.key < anchor }
            page = Array(rest.prefix(request.limit))
            (newer, older) = (listed.count > rest.count, rest.count > page.count)
        case .before(let id):
            let anchor = sorted.first { $0.id == id }!.key
            let rest = listed.filter { $0.key > anchor }
            page = Array(rest.suffix(request.limit))
            (newer, older) = (rest.count > page.count, listed.count > rest.count)
        }
        let cursors = page.map { Cursor(row: $0.id).description }
        return [
            "data": .array(page.map(\.json)), "start_cursor": .string(cursors.first ?? ""),
            "end_cursor": .string(cursors.last ?? ""), "has_next_page": .bool(older),
            "has_previous_page": .bool(newer),
        ]
    }

    private static func insertRow(
        _ number: Int, of partner: PartnerRecord, using generator: inout SeededGenerator, _ connection: StoreSession
    ) throws -> Row {
        let (id, subscription) = (Identifier.random(using: &generator), Identifier.random(using: &generator))
        // There are only a few instants, so that the order often depends on the ids.
        let createdAt = Timestamp(milliseconds: 1_736_942_400_000 + Int64.random(in: 0..<5, using: &generator))
        let later = createdAt + .milliseconds(Int64.random(in: 0..<100_000, using: &generator))
        let topic = Topic.allCases.prefix(3).randomElement(using: &generator)!
        let status = EventStatus.allCases.randomElement(using: &generator)!
        let entityID = text(using: &generator)
        let error = Bool.random(using: &generator) ? text(using: &generator) : nil
        let code = Bool.random(using: &generator) ? Int.random(in: 100...599, using: &generator) : nil
        let attempts = Int.random(in: 0..<12, using: &generator)
        let deliveredAt = Bool.random(using: &generator) ? later : nil
        let payload: JSON = ["text": .string(text(using: &generator)), "none": .null, "number": .number("1.50")]

        let subscriptionRow = try StoredRows.insertSubscription(subscription, of: partner, connection)
        try connection.run(
            """
            INSERT INTO events (id, partner, subscription, topic, status, created_at, updated_at, delivered_at, ticket,
            attempts, last_status_code, entity_id, last_error, payload) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """, id, partner.row, subscriptionRow, topic.number, status.number, createdAt, later, deliveredAt,
            number + 1, attempts, code, entityID, error, payload.encoded)
        connection.countChanges.add(1, partner: partner.row, topic: topic.number, status: status)
        let json: JSON = [
            "id": .string(id.description), "partner_id": .string(partner.partner.id.description),
            "subscription_id": .string(subscription.description), "topic": .string(topic.rawValue),
            "entity_id": .string(entityID), "status": .string(status.rawValue), "attempts": .number(attempts),
            "last_status_code": code.map { .number($0) } ?? .null, "last_error": .string(orNull: error),
            "payload": payload, "created_at": .string(createdAt.description), "updated_at": .string(later.description),
            "delivered_at": .string(orNull: deliveredAt?.description),
        ]
        return Row(id: id, createdAt: createdAt, topic: topic, status: status, json: json)
    }

    private static func text(using generator: inout SeededGenerator) -> String {
        let parts = [
            "", "plain", "\"", "\\", "/", "\u{0}", "\n", "\u{1F}", "\u{7F}", "é", "e\u{301}", "漢", "🎈", "\u{2028}",
        ]
        return (0..<Int.random(in: 0..<6, using: &generator)).map { _ in parts.randomElement(using: &generator)! }
            .joined()
    }
}
