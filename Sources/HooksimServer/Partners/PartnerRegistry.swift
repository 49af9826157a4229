import Synchronization
import Webhooks

/// All partners, kept in memory beside the store, since every request asks for one.
final class PartnerRegistry: Sendable {
    private struct State {
        var records: [String: PartnerRecord] = [:]
        /// The client ids by the partners' row numbers.
        var clientIDs: [Int: String] = [:]
        var lastGeneration = 0
        var resets = 0

        @discardableResult
        mutating func insert(_ record: PartnerRecord) -> PartnerRecord {
            var record = record
            lastGeneration += 1
            record.generation = lastGeneration
            records[record.partner.clientID] = record
            clientIDs[record.row] = record.partner.clientID
            return record
        }
    }

    private let state = Mutex(State())
    private let store: Store

    init(store: Store) throws {
        self.store = store
        let found = try store.writeSynchronously { try PartnerTable.all($0) }
        state.withLock { state in
            for record in found { state.insert(record) }
        }
    }

    subscript(clientID clientID: String) -> PartnerRecord? { state.withLock { $0.records[clientID] } }

    /// The client id of a partner's row number; `nil` for one that was removed.
    subscript(clientIDOfRow row: Int) -> String? { state.withLock { $0.clientIDs[row] } }

    /// The client ids of all partners by their row numbers.
    var clientIDs: [Int: String] { state.withLock { $0.clientIDs } }

    /// The oldest first.
    var all: [PartnerRecord] { state.withLock { Array($0.records.values) }.sorted { $0.row < $1.row } }

    /// How often all partners were replaced.
    var resets: Int { state.withLock { $0.resets } }

    /// Whether a partner was neither removed nor emptied since `record` was taken from here.
    func isCurrent(_ record: PartnerRecord) -> Bool {
        state.withLock { $0.records[record.partner.clientID]?.generation == record.generation }
    }

    /// Returns the partner of a client id.
    ///
    /// - Throws: an ``APIError`` of 404.
    func find(clientID: String) throws -> PartnerRecord {
        guard let record = self[clientID: clientID] else {
            throw APIError.notFound("there is no partner with that client_id; GET /__admin/partners lists them")
        }
        return record
    }

    func add(_ record: PartnerRecord) { state.withLock { _ = $0.insert(record) } }

    /// Adds the default partner, or gives it the secret that it has now.
    func addAtStart(_ partner: Partner) throws {
        let record = try store.writeSynchronously { try PartnerTable.insertOrUpdate(partner, $0) }
        state.withLock { _ = $0.insert(record) }
    }

    /// Gives a partner that was emptied its next generation.
    func renew(_ record: PartnerRecord) {
        state.withLock { state in
            guard let current = state.records[record.partner.clientID] else { return }
            state.insert(current)
        }
    }

    func remove(_ record: PartnerRecord) {
        state.withLock { state in
            state.records[record.partner.clientID] = nil
            state.clientIDs[record.row] = nil
        }
    }

    /// Replaces all partners by one.
    func replaceAll(with record: PartnerRecord) {
        state.withLock { state in
            state.records = [:]
            state.clientIDs = [:]
            state.resets += 1
            state.insert(record)
        }
    }
}
