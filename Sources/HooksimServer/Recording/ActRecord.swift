import Webhooks

/// The table of acts: what was done to the simulator, in order.
enum ActRecord {
    static func insert(_ act: RecordedAct, _ connection: Connection) throws {
        try connection.run(
            "INSERT INTO acts (at, client_id, act) VALUES (?, ?, ?)", act.at, act.clientID,
            String(decoding: act.json.encoded, as: UTF8.self))
    }

    static func all(_ connection: Connection) throws -> [RecordedAct] {
        let statement = try connection.prepare("SELECT at, act FROM acts ORDER BY row")
        var acts: [RecordedAct] = []
        while try statement.step() {
            guard let json = try? JSON(parsing: statement.bytes(1)),
                let act = RecordedAct(at: statement.timestamp(0), stored: json)
            else { continue }
            acts.append(act)
        }
        return acts
    }

    static func size(_ connection: Connection) throws -> (acts: Int, bytes: Int) {
        try connection.first("SELECT COUNT(*), COALESCE(SUM(LENGTH(act)), 0) FROM acts") {
            ($0.integer(0), $0.integer(1))
        } ?? (0, 0)
    }

    /// How the run before this one ended; `nil` when there was none.
    static func ending(_ connection: Connection) throws -> RecordedAct.Ending? {
        guard let last = try connection.first("SELECT act FROM acts ORDER BY row DESC LIMIT 1", read: { $0.string(0) })
        else { return nil }
        return last == String(decoding: RecordedAct(at: Timestamp(milliseconds: 0), .stop).json.encoded, as: UTF8.self)
            ? .graceful : .kill
    }
}
