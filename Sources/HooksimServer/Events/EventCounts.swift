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

    /// How many events wait to be sent.
    static func pending(_ connection: Connection) throws -> Int {
        try connection.first(
            "SELECT COALESCE(SUM(count), 0) FROM event_counts WHERE status = ?", EventStatus.pending.number
        ) { $0.integer(0) } ?? 0
    }
}
