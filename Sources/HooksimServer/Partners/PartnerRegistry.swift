import Synchronization
import Webhooks

/// All partners, kept in memory beside the store, since every request asks for one.
final class PartnerRegistry: Sendable {
    private let records = Mutex<[String: PartnerRecord]>([:])
    private let store: Store

    init(store: Store) throws {
        self.store = store
        let found = try store.writeSynchronously { try PartnerTable.all($0) }
        records.withLock { records in
            records = Dictionary(uniqueKeysWithValues: found.map { ($0.partner.clientID, $0) })
        }
    }

    subscript(clientID clientID: String) -> PartnerRecord? { records.withLock { $0[clientID] } }

    /// The client ids of all partners by their row numbers.
    var clientIDs: [Int: String] {
        records.withLock { records in
            Dictionary(uniqueKeysWithValues: records.values.map { ($0.row, $0.partner.clientID) })
        }
    }

    /// The oldest first.
    var all: [PartnerRecord] { records.withLock { Array($0.values) }.sorted { $0.row < $1.row } }

    /// - Throws: an ``APIError`` when there is a partner with its client id.
    func add(_ partner: Partner) async throws {
        guard let record = try await store.write({ try PartnerTable.insert(partner, $0) }) else {
            throw APIError.conflict("there is a partner with client_id \(partner.clientID) already; choose another")
        }
        records.withLock { $0[partner.clientID] = record }
    }

    /// Adds the default partner, or gives it the secret that it has now.
    func addAtStart(_ partner: Partner) throws {
        let record = try store.writeSynchronously { try PartnerTable.insertOrUpdate(partner, $0) }
        records.withLock { $0[partner.clientID] = record }
    }

    func forget(clientID: String) { records.withLock { $0[clientID] = nil } }

    func replaceAll(with record: PartnerRecord) { records.withLock { $0 = [record.partner.clientID: record] } }
}
