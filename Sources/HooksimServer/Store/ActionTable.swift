import SQLite
import StrictJSON
import Webhooks

/// The table of recorded actions: what was done to the simulator, in order.
enum ActionTable {
    static func insert(_ action: RecordedAction, _ session: StoreSession) throws {
        try session.run(
            "INSERT INTO actions (at, client_id, action) VALUES (?, ?, ?)", action.at, action.clientID,
            String(decoding: action.json.encoded, as: UTF8.self))
    }

    static func all(_ session: StoreSession) throws -> [RecordedAction] {
        try session.all("SELECT at, action FROM actions ORDER BY row") { row -> RecordedAction? in
            guard let json = try? JSON(parsing: row.bytes(1)) else { return nil }
            return RecordedAction(at: try row.timestamp(0), stored: json)
        }.compactMap { $0 }
    }

    static func size(_ session: StoreSession) throws -> (actions: Int, bytes: Int) {
        try session.first("SELECT COUNT(*), COALESCE(SUM(LENGTH(action)), 0) FROM actions") {
            (try $0.integer(0), try $0.integer(1))
        } ?? (0, 0)
    }

    /// Returns how the previous run ended; `nil` if there was none.
    static func ending(_ session: StoreSession) throws -> RecordedAction.Ending? {
        guard
            let last = try session.first("SELECT action FROM actions ORDER BY row DESC LIMIT 1", read: { $0.string(0) })
        else { return nil }
        return last
            == String(decoding: RecordedAction(at: Timestamp(milliseconds: 0), .stop).json.encoded, as: UTF8.self)
            ? .graceful : .kill
    }

    static func removeAll(_ session: StoreSession) throws { try session.run("DELETE FROM actions") }
}
