import Webhooks

/// Which active subscriptions an event goes to, by partner and topic; kept in memory, since each trigger asks.
///
/// SQLite has to sort for each answer, which takes a trigger as long as two of the indexes that its event is put into.
struct MatchingSubscriptions {
    struct Match {
        let row: Int
        let id: Identifier
    }

    private struct Key: Hashable {
        let partner: Int
        let topic: Int
    }

    private var known: [Key: [Match]] = [:]

    /// The partner's active subscriptions to a topic, in the order in which they were made.
    static func find(partner: Int, topic: Topic, _ connection: Connection) throws -> [Match] {
        let key = Key(partner: partner, topic: topic.number)
        if let matches = connection.matchingSubscriptions.known[key] { return matches }
        let rows = try connection.prepare(
            "SELECT subscription, id FROM subscriptions WHERE partner = ? AND topic = ? AND is_active ORDER BY subscription",
            partner, topic.number)
        var matches: [Match] = []
        while try rows.step() { matches.append(Match(row: rows.integer(0), id: rows.identifier(1))) }
        connection.matchingSubscriptions.known[key] = matches
        return matches
    }

    mutating func forget() { known = [:] }
}

extension Connection {
    /// Forgets what is known of subscriptions from now on whenever one comes, goes or changes.
    ///
    /// What is undone is forgotten too, where it is undone: no trigger is run then.
    func watchSubscriptions() throws {
        define("forget_matches", arguments: 0) { context, _, _ in
            Connection.calling(context)?.matchingSubscriptions.forget()
        }
        for change in ["INSERT", "UPDATE OF subscription, id, partner, topic, is_active", "DELETE"] {
            try execute(
                """
                CREATE TEMP TRIGGER forget_matches_at_\(change.prefix { $0.isLetter }) AFTER \(change) ON main.subscriptions BEGIN
                    SELECT forget_matches();
                END
                """)
        }
    }
}
