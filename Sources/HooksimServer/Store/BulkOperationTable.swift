import SQLite
import Webhooks

/// The table of bulk operations that are not finished.
enum BulkOperationTable {
    private enum Kind: Int { case retry, cancellation, removal }

    private static let columns =
        "operation, kind, first_partner, last_partner, subscription, at, reason, last_event, done_created_at, done_id"

    /// Inserts an operation, and returns its number. Once the transaction is committed, the operation is resumed.
    static func insert(_ operation: BulkOperation, _ session: StoreSession) throws -> Int {
        let (kind, partners, subscription, reason): (Kind, ClosedRange<Int>, Int, String) =
            switch operation.work {
            case .retry(let partner): (.retry, partner...partner, operation.position.subscription, "")
            case .cancellation(let subscription, let partner, let reason):
                (.cancellation, partner...partner, subscription, reason)
            case .removal(let partners): (.removal, partners, 0, "")
            }
        try session.run(
            """
            INSERT INTO bulk_operations (kind, first_partner, last_partner, subscription, at, reason, last_event,
            done_created_at, done_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """, kind.rawValue, partners.lowerBound, partners.upperBound, subscription, operation.at, reason,
            operation.lastEvent, operation.position.createdAt, operation.position.id)
        session.hasNewBulkWork = true
        return Int(session.connection.lastInsertedRow)
    }

    /// Returns the operation with a number; `nil` if it is finished or was discarded.
    static func operation(_ number: Int, _ session: StoreSession) throws -> BulkOperation? {
        try session.first("SELECT \(columns) FROM bulk_operations WHERE operation = ?", number, read: read)
    }

    /// Returns whether an operation is neither finished nor discarded.
    static func exists(_ number: Int, _ session: StoreSession) throws -> Bool {
        try session.first("SELECT 1 FROM bulk_operations WHERE operation = ?", number) { _ in true } ?? false
    }

    /// Returns the number of the next operation after a number, or else of the first one, and whether clients can see
    /// how far it is. Operations that clients do not see come last.
    static func next(after number: Int, _ session: StoreSession) throws -> (number: Int, isVisible: Bool)? {
        try session.first(
            """
            SELECT operation, kind FROM bulk_operations ORDER BY kind = ?1, operation <= ?2, operation LIMIT 1
            """, Kind.removal.rawValue, number
        ) { (try $0.integer(0), try $0.integer(1) != Kind.removal.rawValue) }
    }

    /// Returns the number of the retry of a partner's failed events that is under way; `nil` if there is none.
    static func retry(ofPartner partner: Int, _ session: StoreSession) throws -> Int? {
        try session.first(
            "SELECT operation FROM bulk_operations WHERE kind = ? AND first_partner = ?", Kind.retry.rawValue, partner
        ) { try $0.integer(0) }
    }

    /// Stores how far a retry is.
    static func move(_ number: Int, to position: BulkOperation.Position, _ session: StoreSession) throws {
        try session.run(
            """
            UPDATE bulk_operations SET subscription = CASE kind WHEN ?1 THEN ?2 ELSE subscription END,
            done_created_at = ?3, done_id = ?4 WHERE operation = ?5
            """, Kind.retry.rawValue, position.subscription, position.createdAt, position.id, number)
    }

    static func remove(_ number: Int, _ session: StoreSession) throws {
        try session.run("DELETE FROM bulk_operations WHERE operation = ?", number)
    }

    /// Discards the operations on rows of partners that no longer exist, but not those that remove these rows.
    ///
    /// - Parameter partner: the partner; `nil` for all partners.
    static func discard(partner: Int? = nil, _ session: StoreSession) throws {
        try session.run(
            "DELETE FROM bulk_operations WHERE kind <> ?1 AND (?2 IS NULL OR first_partner = ?2)",
            Kind.removal.rawValue, partner)
    }

    private static func read(_ row: Statement) throws -> BulkOperation {
        let partner = try row.integer(2)
        let last = try row.integer(3)
        guard let kind = Kind(rawValue: try row.integer(1)), partner <= last else { throw row.damage }
        let subscription = try row.integer(4)
        let work: BulkOperation.Work =
            switch kind {
            case .retry: .retry(partner: partner)
            case .cancellation:
                .cancellation(subscription: subscription, partner: partner, reason: row.string(6))
            case .removal: .removal(partners: partner...last)
            }
        return BulkOperation(
            work: work, at: try row.timestamp(5), lastEvent: try row.integer(7),
            position: BulkOperation.Position(
                subscription: subscription, createdAt: Timestamp(milliseconds: row.int64(8)),
                id: try row.identifier(9)))
    }
}
