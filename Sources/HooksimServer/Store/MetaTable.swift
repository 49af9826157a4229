import SQLite

/// The table of named numbers.
enum MetaTable {
    static func value(_ name: String, _ session: StoreSession) throws -> Int? {
        try session.first("SELECT value FROM meta WHERE name = ?", name) { try $0.integer(0) }
    }

    static func set(_ name: String, to value: Int, _ session: StoreSession) throws {
        try session.run("INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)", name, value)
    }

    /// Returns the number of earlier runs, that is, how often the store was opened or emptied before, and increments
    /// it, so that the same seed generates other ids in each run.
    static func countRun(_ session: StoreSession) throws -> UInt64 {
        let runs = try value("runs", session) ?? 0
        guard runs >= 0 else { throw SQLiteError.damage("the run counter is negative", sql: "meta") }
        try set("runs", to: runs + 1, session)
        return UInt64(runs)
    }

    /// Returns the number of resets of the store.
    static func resets(_ session: StoreSession) throws -> Int {
        let resets = try value("resets", session) ?? 0
        guard resets >= 0 else { throw SQLiteError.damage("the store was reset less than never", sql: "meta") }
        return resets
    }

    /// Records a reset. Random numbers after the reset are those of the first run, so the number of runs becomes 1: the
    /// next start must not repeat them.
    static func beginAgain(resets: Int, _ session: StoreSession) throws {
        try set("runs", to: 1, session)
        try set("resets", to: resets, session)
    }
}
