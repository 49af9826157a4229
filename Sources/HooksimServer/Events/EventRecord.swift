import NIOCore
import Webhooks

/// The table of events, which is the outbox as well: an event with a `due_at` waits to be sent.
enum EventRecord {
    static let source =
        "events AS row JOIN subscriptions AS subscription ON subscription.subscription = row.subscription"
    static let columns = columns(subscription: "subscription.id")
    /// For rows that are not joined to their subscriptions.
    private static let ownColumns = columns(subscription: "row.subscription")

    private static func columns(subscription: String) -> String {
        """
        row.created_at, row.id, \(subscription), row.topic, row.entity_id, row.status, row.attempts, row.last_status_code, \
        row.last_error, row.payload, row.updated_at, row.delivered_at
        """
    }

    /// Writes the API's row from a row of ``columns``.
    static func write(_ statement: Statement, partnerID: Identifier, to writer: inout JSONWriter) {
        writer.beginObject()
        writeFields(statement, partnerID: partnerID, subscriptionID: statement.identifier(2), to: &writer)
        writer.endObject()
    }

    /// Writes the members of the API's row, column by column: a page of rows is the simulator's busiest answer.
    static func writeFields(
        _ statement: Statement, partnerID: Identifier, subscriptionID: Identifier,
        attemptsAs attempts: StaticString = "attempts", to writer: inout JSONWriter
    ) {
        writer.name("id")
        writer.identifier(statement.identifier(1))
        writer.name("partner_id")
        writer.identifier(partnerID)
        writer.name("subscription_id")
        writer.identifier(subscriptionID)
        writer.name("topic")
        writer.string(statement.topic(3).rawValue)
        writer.name("entity_id")
        writer.string(utf8: statement.bytes(4))
        writer.name("status")
        writer.string(statement.status(5).rawValue)
        writer.name(attempts)
        writer.integer(statement.int64(6))
        writer.name("last_status_code")
        if statement.isNull(7) { writer.null() } else { writer.integer(statement.int64(7)) }
        writer.name("last_error")
        if statement.isNull(8) { writer.null() } else { writer.string(utf8: statement.bytes(8)) }
        writer.name("payload")
        writer.raw(statement.bytes(9))
        writer.name("created_at")
        writer.timestamp(statement.timestamp(0))
        writer.name("updated_at")
        writer.timestamp(statement.timestamp(10))
        writer.name("delivered_at")
        if statement.isNull(11) { writer.null() } else { writer.timestamp(statement.timestamp(11)) }
    }

    /// A page of a partner's events, as the API answers it.
    static func page(
        _ request: PageRequest, _ filter: EventFilter, of partner: PartnerRecord, _ connection: Connection
    ) throws -> ByteBuffer {
        var list = ListQuery(source: "events AS row", columns: ownColumns, partner: partner.row)
        if filter.topic != nil || filter.status != nil {
            list.filter(["row.topic", "row.status"], among: try kinds(filter, of: partner.row, connection))
        }
        if let from = filter.from { list.filter("row.created_at >= ?", from) }
        if let to = filter.to { list.filter("row.created_at < ?", to) }
        // A page's events belong to few subscriptions, and a join would look them up for each row.
        var subscriptionIDs: [Int: Identifier] = [:]
        return try list.page(request, on: connection) { statement, writer in
            let subscription = statement.integer(2)
            let id = try subscriptionIDs[subscription] ?? SubscriptionRecord.id(row: subscription, connection)
            subscriptionIDs[subscription] = id
            writer.beginObject()
            writeFields(statement, partnerID: partner.partner.id, subscriptionID: id, to: &writer)
            writer.endObject()
        }
    }

    /// The topics and statuses that a filter lets pass, by number: of those that it leaves open, the ones that there are.
    private static func kinds(_ filter: EventFilter, of partner: Int, _ connection: Connection) throws -> [[Int]] {
        if let topic = filter.topic, let status = filter.status { return [[topic.number, status.number]] }
        let found = try EventCounts.kinds(partner: partner, connection).filter { kind in
            (filter.topic.map { $0.number == kind.topic } ?? true)
                && (filter.status.map { $0.number == kind.status } ?? true)
        }
        // Where there is none, any that the filter lets pass lists nothing.
        return found.isEmpty
            ? [[filter.topic?.number ?? 0, filter.status?.number ?? 0]] : found.map { [$0.topic, $0.status] }
    }

    struct NewEvent {
        let id: Identifier
        let topic: Topic
        let entityID: String
        let payload: [UInt8]
        let createdAt: Timestamp
        let dueAt: Timestamp
        let ticket: Int
    }

    /// Writes the API's row of a new event: the bytes that ``write(_:partnerID:to:)`` would make of its row in the store.
    static func write(
        _ event: NewEvent, partnerID: Identifier, subscriptionID: Identifier, to writer: inout JSONWriter
    ) {
        writer.beginObject()
        writer.name("id")
        writer.identifier(event.id)
        writer.name("partner_id")
        writer.identifier(partnerID)
        writer.name("subscription_id")
        writer.identifier(subscriptionID)
        writer.name("topic")
        writer.string(event.topic.rawValue)
        writer.name("entity_id")
        writer.string(event.entityID)
        writer.name("status")
        writer.string(EventStatus.pending.rawValue)
        writer.name("attempts")
        writer.integer(0)
        writer.name("last_status_code")
        writer.null()
        writer.name("last_error")
        writer.null()
        writer.name("payload")
        writer.raw(event.payload)
        writer.name("created_at")
        writer.timestamp(event.createdAt)
        writer.name("updated_at")
        writer.timestamp(event.createdAt)
        writer.name("delivered_at")
        writer.null()
        writer.endObject()
    }

    static func insert(_ event: NewEvent, partner: Int, subscription: Int, _ connection: Connection) throws {
        let statement = try connection.prepare(
            """
            INSERT INTO events (event, id, partner, subscription, topic, status, created_at, updated_at, due_at, ticket, entity_id, payload)
            VALUES (?1, ?2, ?3, ?4, ?5, 0, ?6, ?6, ?7, ?1, ?8, ?9)
            """)
        statement.bind(event.ticket, at: 1)
        statement.bind(event.id, at: 2)
        statement.bind(partner, at: 3)
        statement.bind(subscription, at: 4)
        statement.bind(event.topic.number, at: 5)
        statement.bind(event.createdAt.milliseconds, at: 6)
        statement.bind(event.dueAt.milliseconds, at: 7)
        statement.bind(event.entityID, at: 8)
        statement.bind(event.payload, at: 9)
        _ = try statement.step()
        connection.unwritten.counts.add(
            1, to: .init(partner: partner, topic: event.topic.number, status: EventStatus.pending.number))
    }

    static func cancelPending(subscription: Int, reason: String, at now: Timestamp, _ connection: Connection) throws {
        try connection.run(
            """
            UPDATE events SET status = 2, round = round + 1, due_at = NULL, last_error = ?, updated_at = ?
            WHERE subscription = ? AND due_at IS NOT NULL
            """, reason, now, subscription)
    }

    /// All numbers of topics, so that the index on topic and status finds rows by their status.
    private static let allTopics = Topic.allCases.map { String($0.number) }.joined(separator: ", ")

    /// Begins a new round for each failed event of the partner whose subscription is active; returns the subscriptions concerned.
    static func requeueFailed(partner: Int, at now: Timestamp, _ connection: Connection) throws -> (
        count: Int, subscriptions: Set<Int>
    ) {
        let select = try connection.prepare(
            """
            SELECT event, subscription FROM events WHERE partner = ? AND topic IN (\(allTopics)) AND status = 2
            AND subscription IN (SELECT subscription FROM subscriptions WHERE partner = ? AND is_active)
            ORDER BY created_at, event
            """, partner, partner)
        var found: [(event: Int, subscription: Int)] = []
        while try select.step() { found.append((select.integer(0), select.integer(1))) }
        var ticket = try Tickets.next(connection)
        for row in found {
            try requeue(event: row.event, ticket: ticket, at: now, connection)
            ticket += 1
        }
        Tickets.use(before: ticket, connection)
        return (found.count, Set(found.map(\.subscription)))
    }

    /// Begins a new round for one event, due now.
    static func requeue(event: Int, ticket: Int, at now: Timestamp, _ connection: Connection) throws {
        try connection.run(
            """
            UPDATE events SET status = 0, round = round + 1, attempts_in_round = 0, due_at = ?, ticket = ?, updated_at = ?
            WHERE event = ?
            """, now, ticket, now, event)
    }
}
