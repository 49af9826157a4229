import SQLite

@testable import HooksimServer

/// Makes the store's removals fail as on a full disk, by SQLite's own limit on the size of the file.
enum FullDisk {
    private static let tables = ["partners", "subscriptions", "tokens"]

    static func begin(_ store: Store) async {
        try? await store.write { session in
            let pages = try session.first("PRAGMA page_count") { try $0.integer(0) } ?? 0
            try session.run("PRAGMA max_page_count = \(pages + 100)")
            for table in tables {
                // The row that the trigger inserts exceeds the limit, so the statement fails with SQLITE_FULL.
                try session.run(
                    """
                    CREATE TEMP TRIGGER full_disk_\(table) BEFORE DELETE ON main.\(table) BEGIN
                    INSERT INTO actions (at, action) VALUES (0, hex(zeroblob(1000000))); END
                    """)
            }
        }
    }

    static func end(_ store: Store) async {
        try? await store.write { session in
            for table in tables { try session.run("DROP TRIGGER IF EXISTS temp.full_disk_\(table)") }
            try session.run("PRAGMA max_page_count = 1073741823")
        }
    }
}
