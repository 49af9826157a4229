import SQLite

/// The table of single numbers by their names.
enum MetaTable {
    static func value(_ name: String, _ session: StoreSession) throws -> Int? {
        try session.first("SELECT value FROM meta WHERE name = ?", name) { try $0.integer(0) }
    }

    static func set(_ name: String, to value: Int, _ session: StoreSession) throws {
        try session.run("INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)", name, value)
    }

    /// Returns how often the store was opened or emptied before, and counts this time, so that the same seed draws other ids each time.
    static func countRun(_ session: StoreSession) throws -> UInt64 {
        let runs = try value("runs", session) ?? 0
        guard runs >= 0 else { throw SQLiteError.damage("the run counter is negative", sql: "meta") }
        try set("runs", to: runs + 1, session)
        return UInt64(runs)
    }

    /// Returns how often the store was emptied by a reset.
    static func resets(_ session: StoreSession) throws -> Int {
        let resets = try value("resets", session) ?? 0
        guard resets >= 0 else { throw SQLiteError.damage("the store was reset less than never", sql: "meta") }
        return resets
    }

    /// Counts a reset. What is drawn after it is the first run's; the next start must not draw it again.
    static func beginAgain(resets: Int, _ session: StoreSession) throws {
        try set("runs", to: 1, session)
        try set("resets", to: resets, session)
    }
}
