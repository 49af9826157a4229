import Webhooks

@testable import HooksimServer

/// Rows that a test puts straight into a store.
enum StoredRows {
    static func insertPartner(_ connection: Connection) throws -> PartnerRecord {
        try PartnerRegistry.insert(
            Partner(
                id: Identifier(high: 1, low: 2), clientID: "sandbox",
                secretDigest: Partner.digest(ofSecret: "sandbox-secret"), scopes: [.read, .write],
                createdAt: Timestamp(milliseconds: 0)), connection)
    }

    /// Returns the row's number.
    static func insertSubscription(_ id: Identifier, of partner: PartnerRecord, _ connection: Connection) throws -> Int
    {
        let start = Timestamp(milliseconds: 0)
        let subscription = Subscription(
            id: id, partnerID: partner.partner.id, endpointURL: "http://127.0.0.1:9/", topic: .payoutPaid,
            isActive: true, secretKey: nil, createdAt: start, updatedAt: start)
        try SubscriptionRecord.insert(subscription, partner: partner.row, connection)
        return Int(connection.lastInsertedRow)
    }
}
