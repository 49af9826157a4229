import CSQLite
import Webhooks

/// How many events there are, by topic and status; asking costs the same however many.
enum EventCounts {
    struct Count: Sendable {
        let topic: Topic
        let status: EventStatus
        let count: Int
    }

    /// - Parameter partner: whose; `nil` is everybody's.
    static func all(partner: Int? = nil, _ connection: Connection) throws -> [Count] {
        let rows = try connection.prepare(
            """
            SELECT topic, status, SUM(count) FROM event_counts WHERE ?1 IS NULL OR partner = ?1
            GROUP BY topic, status HAVING SUM(count) > 0 ORDER BY topic, status
            """, partner)
        var found: [Count] = []
        while try rows.step() {
            guard let topic = Topic(number: rows.integer(0)), let status = EventStatus(number: rows.integer(1)) else {
                continue
            }
            found.append(Count(topic: topic, status: status, count: rows.integer(2)))
        }
        return found
    }

    /// Of which kinds a partner has events, or had; with what the transaction under way adds.
    static func kinds(partner: Int, _ connection: Connection) throws -> Set<Changes.Kind> {
        var found = Set(connection.unwritten.counts.byKind.keys.filter { $0.partner == partner })
        let rows = try connection.prepare("SELECT topic, status FROM event_counts WHERE partner = ?", partner)
        while try rows.step() {
            found.insert(.init(partner: partner, topic: rows.integer(0), status: rows.integer(1)))
        }
        return found
    }

    /// How many events wait to be sent.
    static func pending(_ connection: Connection) throws -> Int {
        try connection.first(
            "SELECT COALESCE(SUM(count), 0) FROM event_counts WHERE status = ?", EventStatus.pending.number
        ) { $0.integer(0) } ?? 0
    }
}

extension EventCounts {
    /// By how much counts have changed.
    struct Changes {
        struct Kind: Hashable {
            let partner: Int
            let topic: Int
            let status: Int
        }

        fileprivate(set) var byKind: [Kind: Int] = [:]

        mutating func add(_ change: Int, to kind: Kind) { byKind[kind, default: 0] += change }
    }
}

extension Connection {
    /// Keeps the counts from now on, whatever statement changes or removes an event.
    ///
    /// The triggers are of this connection, not of the store, and call back into this program, which counts in memory. The count of a
    /// kind is then one row written in each transaction, and not one in each change of an event. A new event is counted by the one statement
    /// that makes it: a trigger's run costs as much as an index.
    func countEvents() throws {
        define("count_event", arguments: 4) { context, _, values in
            guard let values, let connection = Connection.calling(context) else { return }
            let kind = EventCounts.Changes.Kind(
                partner: Int(sqlite3_value_int64(values[0])), topic: Int(sqlite3_value_int64(values[1])),
                status: Int(sqlite3_value_int64(values[2])))
            connection.unwritten.counts.add(Int(sqlite3_value_int64(values[3])), to: kind)
        }
        try execute(
            """
            CREATE TEMP TRIGGER count_changed_event AFTER UPDATE OF status ON main.events WHEN old.status <> new.status BEGIN
                SELECT count_event(old.partner, old.topic, old.status, -1), count_event(new.partner, new.topic, new.status, 1);
            END;
            CREATE TEMP TRIGGER count_removed_event AFTER DELETE ON main.events BEGIN
                SELECT count_event(old.partner, old.topic, old.status, -1);
            END;
            """)
    }

    /// Writes what the transaction changed of the counts.
    func writeCountChanges() throws {
        let changes = unwritten.counts.byKind
        guard !changes.isEmpty else { return }
        unwritten.counts = EventCounts.Changes()
        for (kind, change) in changes where change != 0 {
            try run(
                """
                INSERT INTO event_counts VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET count = count + ?4
                """, kind.partner, kind.topic, kind.status, change)
        }
    }
}
