import Synchronization
import Webhooks

/// All partners, kept in memory beside the store, since every request looks one up.
final class PartnerRegistry: Sendable {
    private struct State {
        var records: [String: PartnerRecord] = [:]
        /// The client ids of the partners by row number.
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

    /// Returns the client id of the partner with a row number; `nil` if the partner was removed.
    subscript(clientIDOfRow row: Int) -> String? { state.withLock { $0.clientIDs[row] } }

    /// The client ids of all partners by row number.
    var clientIDs: [Int: String] { state.withLock { $0.clientIDs } }

    /// All partners, the oldest first.
    var all: [PartnerRecord] {
        state.withLock { Array($0.records.values) }.sorted {
            ($0.partner.createdAt, $0.row) < ($1.partner.createdAt, $1.row)
        }
    }

    /// The number of times that all partners were replaced.
    var resets: Int { state.withLock { $0.resets } }

    /// Returns whether a partner was neither removed nor emptied since `record` was read from this registry.
    func isCurrent(_ record: PartnerRecord) -> Bool {
        state.withLock { $0.records[record.partner.clientID]?.generation == record.generation }
    }

    /// Returns the partner of a client id.
    ///
    /// - Throws: an ``APIError`` of 404 if there is no such partner.
    func find(clientID: String) throws -> PartnerRecord {
        guard let record = self[clientID: clientID] else {
            throw APIError.notFound("there is no partner with that client_id; GET /__admin/partners lists them")
        }
        return record
    }

    func add(_ record: PartnerRecord) { state.withLock { _ = $0.insert(record) } }

    /// Adds the partner of the default client, or updates its secret if it exists already.
    func addAtStart(_ partner: Partner) throws {
        let record = try store.writeSynchronously { try PartnerTable.insertOrUpdate(partner, $0) }
        state.withLock { _ = $0.insert(record) }
    }

    /// Replaces a partner that was emptied by its next generation.
    func replace(_ record: PartnerRecord, by emptied: PartnerRecord) {
        state.withLock { state in
            state.clientIDs[record.row] = nil
            state.insert(emptied)
        }
    }

    func remove(_ record: PartnerRecord) {
        state.withLock { state in
            state.records[record.partner.clientID] = nil
            state.clientIDs[record.row] = nil
        }
    }

    /// Replaces all partners by one, after a reset.
    func replaceAll(with record: PartnerRecord) {
        state.withLock { state in
            state.records = [:]
            state.clientIDs = [:]
            state.resets += 1
            state.insert(record)
        }
    }
}
