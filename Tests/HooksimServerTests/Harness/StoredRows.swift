import SQLite
import StrictJSON
import Testing
import Webhooks

@testable import HooksimServer

/// Inserts rows into a store directly, without the API.
enum StoredRows {
    static func insertPartner(_ session: StoreSession) throws -> PartnerRecord {
        let record = try PartnerTable.insert(
            Partner(
                id: Identifier(high: 1, low: 2), clientID: "sandbox",
                secretDigest: Partner.digest(ofSecret: "sandbox-secret"), scopes: [.read, .write],
                createdAt: Timestamp(milliseconds: 0)), session)
        return try #require(record)
    }

    /// Inserts a subscription and returns its row number.
    static func insertSubscription(_ id: Identifier, of partner: PartnerRecord, _ session: StoreSession) throws -> Int {
        let start = Timestamp(milliseconds: 0)
        let subscription = Subscription(
            id: id, partnerID: partner.partner.id, endpointURL: "http://127.0.0.1:9/", topic: .payoutPaid,
            isActive: true, secretKey: nil, createdAt: start, updatedAt: start)
        _ = try SubscriptionTable.insert(subscription, partner: partner.row, session)
        return Int(session.connection.lastInsertedRow)
    }

    static func insert(
        _ event: EventTable.NewEvent, of partner: PartnerRecord, subscription: Int, _ session: StoreSession
    ) throws {
        var writer = JSONWriter()
        try EventTable.insert(
            event, partner: partner, subscription: .init(row: subscription, id: event.id), writingTo: &writer, session)
    }
}
