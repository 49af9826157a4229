/// Adds the table of bulk operations, and the indexes with which each of them, and each token, costs the same however
/// many rows there are.
///
/// From this version on, foreign keys are not enforced: the rows of a removed partner outlive it until a bulk operation
/// has removed them.
enum Migration008 {
    static let sql = """
        CREATE TABLE bulk_operations (
            operation INTEGER PRIMARY KEY AUTOINCREMENT,
            kind INTEGER NOT NULL,
            first_partner INTEGER NOT NULL,
            last_partner INTEGER NOT NULL,
            subscription INTEGER NOT NULL,
            at INTEGER NOT NULL,
            reason TEXT NOT NULL,
            last_event INTEGER NOT NULL,
            done_created_at INTEGER NOT NULL,
            done_id BLOB NOT NULL
        ) STRICT;
        CREATE INDEX failed_events ON events (subscription, created_at, id) WHERE status = 2;
        CREATE INDEX tokens_by_expiry ON tokens (expires_at);
        """
}
