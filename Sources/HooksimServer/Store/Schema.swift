import SQLite

/// An error that explains to the user why a store can't be used.
struct StoreError: Error, CustomStringConvertible {
    let description: String
}

/// The schema of the store, and the opening of a file, which rejects any file that is not a store of this program.
enum Schema {
    /// "hook", the `application_id` in the header of the file.
    static let applicationID: Int32 = 0x686F_6F6B
    /// The version of the schema that this program writes, the `user_version` in the header of the file.
    static let version: Int32 = Int32(steps.keys.max() ?? 0)
    /// The oldest version that can be migrated; earlier versions were never released.
    static let oldestVersion: Int32 = 6

    /// The migrations, by the version that they lead to. Each is in a file of its own and is frozen once it is
    /// released.
    private static let steps: [Int: String] = [6: Migration006.sql, 7: Migration007.sql, 8: Migration008.sql]

    /// The value of `PRAGMA synchronous` for FULL.
    private static let fullSynchronous = 2

    /// Opens a store, or creates one, and migrates it to the present version.
    /// - Throws: ``StoreError`` if the file cannot be used; a rejected file is unchanged.
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
            // With exclusive locking, this process owns the file until it ends, even by a crash.
            try connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            // The rows of a removed partner outlive it until they have been removed in groups.
            try connection.execute("PRAGMA foreign_keys = OFF")
            try connection.execute("PRAGMA temp_store = MEMORY")
            // The size is in KiB. With many events, the default of 2 MiB does not hold the inner pages and the ends of
            // all indexes.
            try connection.execute("PRAGMA cache_size = -8192")
            // Migration precedes WAL mode: if the header were only in the write-ahead log, then after a kill the file
            // would look like that of another program.
            try migrate(connection)
            if !isMemory {
                try connection.execute("PRAGMA journal_mode = WAL")
                // Set after the journal mode, which silently resets it: an acknowledged write survives a power failure.
                try connection.execute("PRAGMA synchronous = FULL")
                // The limit is in pages, 16 MiB: the busiest pages are in the log a hundred times before they are
                // copied to the file once.
                try connection.execute("PRAGMA wal_autocheckpoint = 4096")
                // A log that one large transaction has extended is truncated again by the next checkpoint.
                try connection.execute("PRAGMA journal_size_limit = 16777216")
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
