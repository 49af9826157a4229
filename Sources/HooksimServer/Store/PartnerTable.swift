import Crypto
import SQLite
import Webhooks

/// A partner and the number of its row in the store.
struct PartnerRecord: Sendable {
    let row: Int
    let partner: Partner
    /// A number that the registry assigns when the partner is added, and again when the partner is reset; tokens and
    /// requests with an earlier number are no longer valid.
    var generation = 0
}

/// The table of partners, whose row numbers are never reused.
enum PartnerTable {
    static func all(_ session: StoreSession) throws -> [PartnerRecord] {
        try session.all("SELECT partner, id, client_id, secret_digest, scopes, created_at FROM partners") { row in
            let clientID = row.string(2)
            guard let digest = SHA256Digest(bytes: row.bytes(3)) else {
                throw StoreError(description: "the store's partner \(clientID) has no valid secret digest")
            }
            return PartnerRecord(
                row: try row.integer(0),
                partner: Partner(
                    id: try row.identifier(1), clientID: clientID, secretDigest: digest,
                    scopes: Scope(rawValue: try row.integer(4)), createdAt: try row.timestamp(5)))
        }
    }

    /// Inserts a partner. Returns `nil` if there is already a partner with the same client id.
    static func insert(_ partner: Partner, _ session: StoreSession) throws -> PartnerRecord? {
        let inserted = try session.run(
            """
            INSERT INTO partners (id, client_id, secret_digest, scopes, created_at) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT DO NOTHING
            """,
            partner.id, partner.clientID, Array(partner.secretDigest), partner.scopes.rawValue, partner.createdAt)
        return inserted == 1 ? PartnerRecord(row: Int(session.connection.lastInsertedRow), partner: partner) : nil
    }

    /// Inserts the default partner, or updates its secret and scopes.
    static func insertOrUpdate(_ partner: Partner, _ session: StoreSession) throws -> PartnerRecord {
        let updated = try session.run(
            "UPDATE partners SET secret_digest = ?, scopes = ? WHERE client_id = ?",
            Array(partner.secretDigest), partner.scopes.rawValue, partner.clientID)
        let record =
            updated == 0
            ? try insert(partner, session) : try all(session).first { $0.partner.clientID == partner.clientID }
        guard let record else {
            throw SQLiteError.damage("a partner is in an index, and not in its table", sql: "partners")
        }
        return record
    }

    /// Removes a partner. No request returns the rows that it owned any more, and their removal begins.
    static func remove(row: Int, _ session: StoreSession) throws {
        try session.run(
            "DELETE FROM actions WHERE client_id = (SELECT client_id FROM partners WHERE partner = ?)", row)
        try session.run("DELETE FROM partners WHERE partner = ?", row)
        try BulkOperationTable.discard(partner: row, session)
        session.matchingSubscriptions.forget()
        try EventCounts.removeAll(partner: row, session)
        session.noteRemoval(ofPartner: row)
        try BulkOperation.begin(.removal(partners: row...row), at: Timestamp(milliseconds: 0), session)
    }

    /// Removes everything that a partner owns, but not the partner itself, which gets a new row.
    static func empty(_ record: PartnerRecord, _ session: StoreSession) throws -> PartnerRecord {
        try remove(row: record.row, session)
        guard let record = try insert(record.partner, session) else {
            throw SQLiteError.damage("a removed partner is still there", sql: "partners")
        }
        return record
    }

    /// Removes all partners and everything that they own.
    ///
    /// - Parameter resets: the number of resets, including this one.
    static func removeAll(resets: Int, _ session: StoreSession) throws {
        session.matchingSubscriptions.forget()
        try EventCounts.removeAll(session)
        session.noteRemoval()
        // A new database in memory costs nothing, and the memory of the earlier one can be returned at once.
        if session.isInMemory { return try session.replaceDatabase() }
        let last = try session.first("SELECT MAX(partner) FROM partners") { try $0.optional(0, $0.integer) } ?? nil
        try session.run("DELETE FROM partners")
        try BulkOperationTable.discard(session)
        try AttemptTable.beginAgain(resets: resets, session)
        if let last { try BulkOperation.begin(.removal(partners: 1...last), at: Timestamp(milliseconds: 0), session) }
    }
}

extension SHA256Digest {
    /// Creates a digest from its 32 stored bytes.
    init?(bytes: UnsafeBufferPointer<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        // `SHA256Digest` has no initializer from bytes, but its memory consists of exactly those bytes.
        self = UnsafeRawPointer(bytes.baseAddress!).loadUnaligned(as: SHA256Digest.self)
    }
}
