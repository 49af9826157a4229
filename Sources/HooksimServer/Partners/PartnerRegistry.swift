import Crypto
import Synchronization
import Webhooks

/// A partner and its row in the store.
struct PartnerRecord: Sendable {
    let row: Int
    let partner: Partner
}

/// All partners, kept in memory beside the store, since every request asks for one.
final class PartnerRegistry: Sendable {
    private let records = Mutex<[String: PartnerRecord]>([:])
    private let database: Database

    init(database: Database) throws {
        self.database = database
        let found = try database.writeSynchronously { try Self.load($0) }
        records.withLock { $0 = found }
    }

    private static func load(_ connection: Connection) throws -> [String: PartnerRecord] {
        let statement = try connection.prepare(
            "SELECT partner, id, client_id, secret_digest, scopes, created_at FROM partners")
        var records: [String: PartnerRecord] = [:]
        while try statement.step() {
            let clientID = statement.string(2)
            guard let digest = SHA256Digest(bytes: statement.bytes(3)) else {
                throw StoreError(description: "the store's partner \(clientID) has no valid secret digest")
            }
            records[clientID] = PartnerRecord(
                row: statement.integer(0),
                partner: Partner(
                    id: statement.identifier(1), clientID: clientID, secretDigest: digest,
                    scopes: Scope(rawValue: statement.integer(4)), createdAt: statement.timestamp(5)))
        }
        return records
    }

    subscript(clientID clientID: String) -> PartnerRecord? { records.withLock { $0[clientID] } }

    /// The oldest first.
    var all: [PartnerRecord] { records.withLock { Array($0.values) }.sorted { $0.row < $1.row } }

    /// - Throws: an ``APIError`` when the client is there already.
    func add(_ partner: Partner) async throws {
        let record = try await database.write { try Self.insert(partner, $0) }
        records.withLock { $0[partner.clientID] = record }
    }

    /// Makes the partner that is there from the start, or gives it the secret it has now.
    func addAtStart(_ partner: Partner) throws {
        let record = try database.writeSynchronously { connection in
            try connection.run(
                "UPDATE partners SET secret_digest = ?, scopes = ? WHERE client_id = ?",
                Array(partner.secretDigest), partner.scopes.rawValue, partner.clientID)
            guard connection.changes == 0 else {
                guard let record = try Self.load(connection)[partner.clientID] else {
                    throw DatabaseError.damage("a partner is in an index, and not in its table", sql: "partners")
                }
                return record
            }
            return try Self.insert(partner, connection)
        }
        records.withLock { $0[partner.clientID] = record }
    }

    static func insert(_ partner: Partner, _ connection: Connection) throws -> PartnerRecord {
        try connection.run(
            """
            INSERT INTO partners (id, client_id, secret_digest, scopes, created_at) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT DO NOTHING
            """,
            partner.id, partner.clientID, Array(partner.secretDigest), partner.scopes.rawValue, partner.createdAt)
        guard connection.changes == 1 else {
            throw APIError.conflict("there is a partner with client_id \(partner.clientID) already; choose another")
        }
        return PartnerRecord(row: Int(connection.lastInsertedRow), partner: partner)
    }

    func forget(clientID: String) { records.withLock { $0[clientID] = nil } }

    func replaceAll(with record: PartnerRecord) { records.withLock { $0 = [record.partner.clientID: record] } }
}

extension SHA256Digest {
    /// Reads the 32 bytes of a digest that was stored.
    init?(bytes: UnsafeBufferPointer<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        // A digest has no initialiser from its bytes, but it is those bytes and nothing else.
        self = UnsafeRawPointer(bytes.baseAddress!).loadUnaligned(as: SHA256Digest.self)
    }
}
