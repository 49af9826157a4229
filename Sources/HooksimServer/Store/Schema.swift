import SQLite

/// Why a store can't be used, in words for the person who named it.
struct StoreError: Error, CustomStringConvertible {
    let description: String
}

/// The tables, and the guard that opens only a file that is ours.
enum Schema {
    /// "hook", in the file's header (SQLite's `application_id`).
    static let applicationID: Int32 = 0x686F_6F6B
    /// The version of a store that this program writes, in the file's header (SQLite's `user_version`).
    static let version: Int32 = Int32(steps.keys.max() ?? 0)
    /// The oldest version that can be brought forward: those before were never released.
    static let oldestVersion: Int32 = 6

    /// What makes the schema of the version before that of a version, in its numbered file; each is frozen once it is released.
    private static let steps: [Int: String] = [6: Migration006.sql, 7: Migration007.sql]

    /// What `PRAGMA synchronous` says for FULL.
    private static let fullSynchronous = 2

    /// - Throws: ``StoreError``; a refused file is unchanged.
    static func open(path: String) throws -> Connection {
        let isMemory = path == ":memory:"
        var claim: StoreClaim?
        if !isMemory {
            try StoreFile.makePrivate(path)
            claim = try StoreClaim(path)
            try StoreFile.checkHeader(path)
        }
        do {
            let connection = try Connection(path: path, keeping: claim)
            // Exclusive locking makes this process the file's one owner until it ends, however it ends.
            try connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            try connection.execute("PRAGMA foreign_keys = ON")
            try connection.execute("PRAGMA temp_store = MEMORY")
            // In KiB. The usual 2 MiB no longer hold the inner pages and the ends of all indexes once there are many events.
            try connection.execute("PRAGMA cache_size = -8192")
            // Before the log is kept apart: a file whose header were only in its log would look like another program's after a kill.
            try migrate(connection)
            if !isMemory {
                try connection.execute("PRAGMA journal_mode = WAL")
                // After the mode, which silently resets it: an acknowledged write survives a power failure.
                try connection.execute("PRAGMA synchronous = FULL")
                // In pages, 16 MiB: the busiest pages are in the log a hundred times before they are copied to the file once.
                try connection.execute("PRAGMA wal_autocheckpoint = 4096")
                guard try connection.first("PRAGMA synchronous", read: { try $0.integer(0) }) == fullSynchronous else {
                    throw StoreError(description: "the store \(path) can't be set to survive a power failure")
                }
            }
            return connection
        } catch let error as SQLiteError {
            if error.isBusy, let owner = StoreFile.owner(of: path) {
                throw StoreError(
                    description: "the store \(path) is in use by \(owner); stop it, or name another file with --store")
            }
            throw StoreError(description: "the store \(path) can't be opened: \(error.message)")
        }
    }

    private static func migrate(_ connection: Connection) throws {
        try connection.execute("BEGIN IMMEDIATE")
        let found = try connection.first("PRAGMA user_version") { try $0.integer(0) } ?? 0
        if found == 0 { try connection.execute("PRAGMA application_id = \(applicationID)") }
        for (version, step) in steps.sorted(by: { $0.key < $1.key }) where version > found {
            try connection.execute(step)
            try connection.execute("PRAGMA user_version = \(version)")
        }
        try connection.execute("COMMIT")
    }
}
