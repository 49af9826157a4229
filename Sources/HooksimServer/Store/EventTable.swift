import NIOCore
import SQLite
import StrictJSON
import Webhooks

/// The table of events, one for each event and subscription. It is also the outbox: an event with a `due_at` waits for
/// an attempt.
enum EventTable {
    /// The table with the alias that ``EventRow/columns`` use.
    static let source = "events AS row"
    /// The table joined to the tables that conditions may refer to.
    static let joinedSource =
        "events AS row JOIN subscriptions AS subscription ON subscription.subscription = row.subscription"

    /// An event to insert.
    struct NewEvent {
        let id: Identifier
        let topic: Topic
        let entityID: String
        let payload: [UInt8]
        let createdAt: Timestamp
        let dueAt: Timestamp
        let ticket: Int
    }

    /// Inserts a new event, and writes its row in the form that both APIs return.
    static func insert(
        _ event: NewEvent, partner: PartnerRecord, subscription: MatchingSubscriptions.Match,
        writingTo writer: inout JSONWriter, _ session: StoreSession
    ) throws {
        let statement = try session.prepare(
            """
            INSERT INTO events (event, id, partner, subscription, topic, status, created_at, updated_at, due_at, ticket, entity_id, payload)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, ?8, ?9, ?10, ?11)
            """)
        let row = try Sequences.nextEvent(session)
        statement.bind(row, at: 1)
        statement.bind(event.id, at: 2)
        statement.bind(partner.row, at: 3)
        statement.bind(subscription.row, at: 4)
        statement.bind(event.topic.number, at: 5)
        statement.bind(EventStatus.pending.number, at: 6)
        statement.bind(event.createdAt.milliseconds, at: 7)
        statement.bind(event.dueAt.milliseconds, at: 8)
        statement.bind(event.ticket, at: 9)
        statement.bind(event.entityID, at: 10)
        statement.bind(event.payload, at: 11)
        try session.insert(statement, id: event.id, into: "events")
        session.countChanges.add(1, partner: partner.row, topic: event.topic.number, status: .pending)
        if session.waitingCounts.hasEvents,
            let identity = try SubscriptionTable.identity(ofRow: subscription.row, session)
        {
            let facts = EventFacts(
                row: row, id: event.id, partner: partner.row, topic: event.topic, entityID: event.entityID,
                subscription: identity)
            session.noteEvent(from: nil, to: facts)
        }
        var entityID = event.entityID
        entityID.withUTF8 { entityID in
            event.payload.withUnsafeBufferPointer { payload in
                EventRow(
                    createdAt: event.createdAt, id: event.id, subscription: subscription.row, topic: event.topic,
                    entityID: entityID, payload: payload, updatedAt: event.createdAt
                ).write(partnerID: partner.partner.id, subscriptionID: subscription.id, to: &writer)
            }
        }
    }

    /// Returns a page of the events of a partner, in the form that both APIs return.
    ///
    /// - Throws: ``ValidationFailure`` if the row of the cursor does not belong to the partner.
    static func page(
        _ request: PageRequest, _ filter: EventFilter, of partner: PartnerRecord, _ session: StoreSession
    ) throws -> ByteBuffer {
        // The events of a page belong to few subscriptions, while a join would look up the subscription of each row.
        var subscriptions = SubscriptionTable.Identifiers()
        return try query(filter, of: partner, session).page(request, session) { statement, writer in
            let row = try EventRow(statement)
            let subscriptionID = try subscriptions.id(ofRow: row.subscription, session)
            row.write(partnerID: partner.partner.id, subscriptionID: subscriptionID, to: &writer)
        }
    }

    /// Returns the events of the same page as values.
    ///
    /// - Throws: ``ValidationFailure`` if the row of the cursor does not belong to the partner.
    static func events(
        _ request: PageRequest, _ filter: EventFilter, of partner: PartnerRecord, _ session: StoreSession
    ) throws -> (events: [StoredEvent], edges: PageQuery.Edges) {
        try query(filter, of: partner, session).rows(request, session) { StoredEvent(try EventRow($0)) }
    }

    private static func query(
        _ filter: EventFilter, of partner: PartnerRecord, _ session: StoreSession
    ) throws -> PageQuery {
        var list = PageQuery(source: source, columns: EventRow.columns, partner: partner.row)
        if filter.topic != nil || filter.status != nil {
            list.filter(["row.topic", "row.status"], among: try kinds(filter, of: partner.row, session))
        }
        if let from = filter.from { list.filter("row.created_at >= ?", from) }
        if let to = filter.to { list.filter("row.created_at < ?", to) }
        return list
    }

    /// Returns the numbers of the topics and statuses that a filter matches. Where the filter leaves one open, only
    /// those that occur are returned.
    private static func kinds(_ filter: EventFilter, of partner: Int, _ session: StoreSession) throws -> [[Int]] {
        if let topic = filter.topic, let status = filter.status { return [[topic.number, status.number]] }
        let found = try EventCounts.kinds(partner: partner, session).filter { kind in
            (filter.topic.map { $0.number == kind.topic } ?? true)
                && (filter.status.map { $0.number == kind.status } ?? true)
        }
        // If none occurs, one that the filter matches is returned, for which the list is empty.
        return found.isEmpty
            ? [[filter.topic?.number ?? 0, filter.status?.number ?? 0]] : found.map { [$0.topic, $0.status] }
    }

    /// The query for an event by its id, with its due time, partner and subscription.
    private static let byID = """
        SELECT \(EventRow.columns), row.event, row.due_at, partner.id, partner.client_id, subscription.endpoint_url,
        subscription.id FROM \(joinedSource) JOIN partners AS partner ON partner.partner = row.partner WHERE row.id = ?
        """

    /// Returns the JSON of an event with its attempts as the control API shows it; `nil` if there is no such event.
    static func inspection(_ id: Identifier, _ session: StoreSession) throws -> [UInt8]? {
        let statement = try session.prepare(byID, id)
        defer { statement.reset() }
        guard try statement.step() else { return nil }
        let added = EventRow.width
        let event = try statement.integer(added)
        let clientID = statement.string(added + 3)
        var writer = JSONWriter(capacity: 2048)
        writer.beginObject()
        try EventRow(statement).writeMembers(
            partnerID: try statement.identifier(added + 2), subscriptionID: try statement.identifier(added + 5),
            attemptsName: "attempt_count", to: &writer)
        writer.name("client_id")
        writer.string(clientID)
        writer.name("endpoint_url")
        writer.string(statement.string(added + 4))
        writer.name("next_attempt_at")
        if statement.isNull(added + 1) { writer.null() } else { writer.timestamp(try statement.timestamp(added + 1)) }
        writer.name("attempts")
        writer.beginArray()
        try AttemptTable.write(ofEvent: event, clientID: clientID, to: &writer, session)
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }

    /// Returns an event with its attempts; `nil` if there is no such event.
    static func inspected(_ id: Identifier, _ session: StoreSession) throws -> InspectedEvent? {
        try session.first(byID, id) { statement in
            let added = EventRow.width
            let row = try EventRow(statement)
            return InspectedEvent(
                event: StoredEvent(row), payload: Array(row.payload), clientID: statement.string(added + 3),
                endpointURL: statement.string(added + 4),
                nextAttemptAt: try statement.optional(added + 1, statement.timestamp),
                attempts: try AttemptTable.attempts(ofEvent: try statement.integer(added), session))
        }
    }

    /// Returns the number of events that match a condition.
    static func count(_ condition: Condition, _ session: StoreSession) throws -> Int {
        let rows = try session.prepare(
            """
            SELECT COUNT(*) FROM \(joinedSource) JOIN partners AS partner ON partner.partner = row.partner
            WHERE \(condition.sql)
            """, values: condition.values)
        defer { rows.reset() }
        return try rows.step() ? try rows.integer(0) : 0
    }

    /// Returns those of the newest `count` events that meet the most clauses of a condition as a JSON array, sorted by
    /// the number of clauses met and then from newest to oldest.
    static func closest(
        to condition: Condition, amongNewest count: Int, limit: Int, _ session: StoreSession
    ) throws -> [UInt8] {
        let rows = try session.prepare(
            """
            SELECT \(EventRow.columns), partner.id, subscription.id FROM \(joinedSource)
            JOIN partners AS partner ON partner.partner = row.partner
            WHERE row.event IN (SELECT event FROM events ORDER BY event DESC LIMIT ?)
            ORDER BY \(condition.score) DESC, row.event DESC LIMIT ?
            """, values: [count] + condition.values + [limit])
        defer { rows.reset() }
        var writer = JSONWriter(capacity: 4096)
        writer.beginArray()
        while try rows.step() {
            try EventRow(rows).write(
                partnerID: try rows.identifier(EventRow.width),
                subscriptionID: try rows.identifier(EventRow.width + 1), to: &writer)
        }
        writer.endArray()
        return writer.bytes
    }

    /// Returns the creation time of the oldest event in the outbox, at a cost that does not depend on the size of the
    /// table.
    static func oldestPending(_ session: StoreSession) throws -> Timestamp? {
        try session.first(
            """
            SELECT MIN((
                SELECT created_at FROM events WHERE partner = kind.partner AND topic = kind.topic AND status = kind.status
                ORDER BY created_at LIMIT 1
            )) FROM event_counts AS kind WHERE status = ?
            """, EventStatus.pending.number
        ) { try $0.optional(0, $0.timestamp) } ?? nil
    }
}

// MARK: Removal

extension EventTable {
    /// Removes the final events among the next `limit` events after a row, except for the latest `keep` events of the
    /// table.
    ///
    /// - Returns: The last row examined; `nil` if there was none.
    static func removeFinal(
        after start: Int, keeping keep: Int, limit: Int, _ session: StoreSession
    ) throws -> Int? {
        let last = try session.first(
            """
            SELECT MAX(event) FROM (SELECT event FROM events WHERE event > ?1 AND event <= (SELECT MAX(event) FROM events) - ?2
            ORDER BY event LIMIT ?3)
            """, start, keep, limit
        ) { try $0.optional(0, $0.integer) }
        guard let last = last.flatMap({ $0 }) else { return nil }
        let final = "event > ? AND event <= ? AND due_at IS NULL AND partner IN (SELECT partner FROM partners)"
        let counts = try session.all(
            "SELECT partner, topic, status, COUNT(*) FROM events WHERE \(final) GROUP BY partner, topic, status", start,
            last
        ) { (partner: try $0.integer(0), topic: try $0.integer(1), status: try $0.status(2), count: try $0.integer(3)) }
        for kind in counts {
            session.countChanges.add(-kind.count, partner: kind.partner, topic: kind.topic, status: kind.status)
        }
        if session.waitingCounts.hasEvents {
            let removed = try EventFacts.all(
                where: "row.event > ? AND row.event <= ? AND row.due_at IS NULL", start, last, in: session)
            for event in removed { session.noteEvent(from: event, to: nil) }
        }
        if session.waitingCounts.hasAttempts {
            let removed = try AttemptFacts.all(
                where: "event.event > ? AND event.event <= ? AND event.due_at IS NULL", start, last, in: session)
            for attempt in removed { session.noteAttempt(from: attempt, to: nil) }
        }
        try session.run("DELETE FROM attempts WHERE event IN (SELECT event FROM events WHERE \(final))", start, last)
        try session.run("DELETE FROM events WHERE \(final)", start, last)
        return last
    }
}
