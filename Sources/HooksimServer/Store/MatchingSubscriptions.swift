import SQLite
import Webhooks

/// The active subscriptions that receive an event, by partner and topic, cached in memory, since each trigger needs
/// them.
///
/// SQLite has to sort the result of each query, which takes as long as updating two of the indexes of the new event.
/// Every statement that changes subscriptions is in ``SubscriptionTable`` and clears the cache, as does the rollback of
/// one.
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

    /// Returns the partner's active subscriptions to a topic, in the order in which they were created.
    static func find(partner: Int, topic: Topic, _ session: StoreSession) throws -> [Match] {
        let key = Key(partner: partner, topic: topic.number)
        if let matches = session.matchingSubscriptions.known[key] { return matches }
        let matches = try session.all(
            "SELECT subscription, id FROM subscriptions WHERE partner = ? AND topic = ? AND is_active ORDER BY subscription",
            partner, topic.number
        ) { Match(row: try $0.integer(0), id: try $0.identifier(1)) }
        session.matchingSubscriptions.known[key] = matches
        return matches
    }

    mutating func forget() { known = [:] }
}
