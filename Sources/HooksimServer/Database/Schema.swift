import Webhooks

/// Why a store can't be used, in words for the person who named it.
struct StoreError: Error, CustomStringConvertible {
    let description: String
}

/// The tables, and the guard that opens only a file that is ours.
enum Schema {
    /// "hook", in the file's header (SQLite's `application_id`).
    static let applicationID: Int32 = 0x686F_6F6B
    static let version: Int32 = 6
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
            let connection = try Connection(path: path, claim: claim)
            // Exclusive locking makes this process the file's one owner until it ends, however it ends.
            try connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            try connection.execute("PRAGMA foreign_keys = ON")
            try connection.execute("PRAGMA temp_store = MEMORY")
            // In KiB. The usual 2 MiB no longer hold the inner pages and the ends of all indexes once there are many events.
            try connection.execute("PRAGMA cache_size = -8192")
            // Before the log is kept apart: a file whose header were only in its log would look like another program's after a kill.
            try migrate(connection)
            try connection.countEvents()
            try connection.watchSubscriptions()
            if !isMemory {
                try connection.execute("PRAGMA journal_mode = WAL")
                // After the mode, which silently resets it: an acknowledged write survives a power failure.
                try connection.execute("PRAGMA synchronous = FULL")
                // In pages, 16 MiB: the busiest pages are in the log a hundred times before they are copied to the file once.
                try connection.execute("PRAGMA wal_autocheckpoint = 4096")
                guard try connection.first("PRAGMA synchronous", read: { $0.integer(0) }) == fullSynchronous else {
                    throw StoreError(description: "the store \(path) can't be made to survive a power failure")
                }
            }
            return connection
        } catch let error as DatabaseError {
            if error.isBusy, let owner = StoreFile.owner(of: path) {
                throw StoreError(
                    description: "the store \(path) is in use by \(owner); stop it, or name another file with --store")
            }
            throw StoreError(description: "the store \(path) can't be opened: \(error.message)")
        }
    }

    private static func migrate(_ connection: Connection) throws {
        try connection.execute("BEGIN IMMEDIATE")
        let statement = try connection.prepare("PRAGMA user_version")
        let found = try statement.step() ? statement.integer(0) : 0
        statement.reset()
        if found == 0 { try connection.execute("PRAGMA application_id = \(applicationID)") }
        if found < version {
            // Each step makes the schema of one version that of the next.
            let steps = [tables, acts, counts, uncounted, fewerIndexes, failures]
            for step in steps.dropFirst(found) { try connection.execute(step) }
            try connection.execute("PRAGMA user_version = \(version)")
        }
        try connection.execute("COMMIT")
    }

    private static let tables = """
        CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE partners (
            partner INTEGER PRIMARY KEY,
            id BLOB NOT NULL UNIQUE,
            client_id TEXT NOT NULL UNIQUE,
            secret_digest BLOB NOT NULL,
            scopes INTEGER NOT NULL,
            created_at INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE tokens (
            digest BLOB PRIMARY KEY,
            partner INTEGER NOT NULL REFERENCES partners ON DELETE CASCADE,
            scopes INTEGER NOT NULL,
            expires_at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX tokens_of_partner ON tokens (partner);
        CREATE TABLE subscriptions (
            subscription INTEGER PRIMARY KEY,
            id BLOB NOT NULL UNIQUE,
            partner INTEGER NOT NULL REFERENCES partners ON DELETE CASCADE,
            endpoint_url TEXT NOT NULL,
            topic INTEGER NOT NULL,
            is_active INTEGER NOT NULL,
            secret_key TEXT,
            failures_in_row INTEGER NOT NULL DEFAULT 0,
            created_at INTEGER NOT NULL,
            updated_at INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX subscriptions_by_age ON subscriptions (partner, created_at, id);
        CREATE INDEX subscriptions_by_topic ON subscriptions (partner, topic, is_active, created_at, id);
        CREATE TABLE events (
            event INTEGER PRIMARY KEY,
            id BLOB NOT NULL UNIQUE,
            partner INTEGER NOT NULL REFERENCES partners ON DELETE CASCADE,
            subscription INTEGER NOT NULL,
            topic INTEGER NOT NULL,
            status INTEGER NOT NULL,
            created_at INTEGER NOT NULL,
            updated_at INTEGER NOT NULL,
            delivered_at INTEGER,
            due_at INTEGER,
            ticket INTEGER NOT NULL,
            attempts INTEGER NOT NULL DEFAULT 0,
            attempts_in_round INTEGER NOT NULL DEFAULT 0,
            round INTEGER NOT NULL DEFAULT 0,
            last_status_code INTEGER,
            entity_id TEXT NOT NULL,
            last_error TEXT,
            payload BLOB NOT NULL
        ) STRICT;
        CREATE INDEX events_by_age ON events (partner, created_at, id);
        CREATE INDEX events_by_topic_and_status ON events (partner, topic, status, created_at, id);
        CREATE INDEX outbox ON events (subscription, due_at, ticket) WHERE due_at IS NOT NULL;
        CREATE TABLE attempts (
            seq INTEGER PRIMARY KEY,
            event INTEGER NOT NULL REFERENCES events ON DELETE CASCADE,
            partner INTEGER NOT NULL,
            ticket INTEGER NOT NULL,
            attempt INTEGER NOT NULL,
            copy INTEGER NOT NULL,
            at INTEGER NOT NULL,
            duration_ms INTEGER NOT NULL,
            status_code INTEGER,
            outcome INTEGER NOT NULL,
            endpoint_url TEXT NOT NULL,
            error TEXT,
            fault TEXT,
            answer_headers TEXT,
            answer_body BLOB
        ) STRICT;
        CREATE INDEX attempts_of_event ON attempts (event, seq);
        """

    /// What was done, for a recording.
    private static let acts = """
        CREATE TABLE acts (row INTEGER PRIMARY KEY, at INTEGER NOT NULL, client_id TEXT, act TEXT NOT NULL) STRICT;
        """

    /// How many events there are of each kind, so that no count's cost depends on how many.
    private static let counts = """
        CREATE TABLE event_counts (
            partner INTEGER NOT NULL,
            topic INTEGER NOT NULL,
            status INTEGER NOT NULL,
            count INTEGER NOT NULL,
            PRIMARY KEY (partner, topic, status)
        ) STRICT, WITHOUT ROWID;
        INSERT INTO event_counts SELECT partner, topic, status, COUNT(*) FROM events GROUP BY partner, topic, status;
        """

    /// The counts were once kept by triggers of the store; now a connection keeps them (``Connection/countEvents()``).
    private static let uncounted = """
        DROP TRIGGER IF EXISTS count_new_event;
        DROP TRIGGER IF EXISTS count_changed_event;
        DROP TRIGGER IF EXISTS count_removed_event;
        """

    /// A filter by topic or by status alone is served by the index on both.
    private static let fewerIndexes = """
        DROP INDEX IF EXISTS events_by_topic;
        DROP INDEX IF EXISTS events_by_status;
        """

    /// Why an attempt failed, beside the text. What there is by then is told apart by the texts of that time, this once.
    private static let failures = """
        ALTER TABLE attempts ADD COLUMN failure TEXT;
        UPDATE attempts SET failure = CASE
            WHEN error LIKE 'the receiver answered %' THEN 'status'
            WHEN error LIKE 'no whole answer within %' THEN 'response_timeout'
            WHEN error = 'connection refused' THEN 'connection_refused'
            WHEN error = 'connection reset by the receiver' THEN 'connection_reset'
            WHEN error LIKE 'the receiver closed the connection without %' OR error = 'no answer' THEN 'no_response'
            WHEN error LIKE 'the receiver closed the connection before %' THEN 'incomplete_response'
            WHEN error LIKE 'the receiver_s answer is not valid %' THEN 'invalid_response'
            WHEN error LIKE 'the receiver_s answer was lost by %' THEN 'lost_response'
            WHEN error LIKE 'the receiver_s host name can_t be resolved' THEN 'unresolved_name'
            WHEN error LIKE 'the receiver%can_t be reached' THEN 'unreachable'
            WHEN error = 'the connection timed out' THEN 'connection_timed_out'
            WHEN error LIKE 'the connection failed (errno %' THEN 'system_error'
            WHEN error LIKE 'the TLS connection failed: %' THEN 'tls'
            WHEN error LIKE 'not sent: the receiver is at %' THEN 'forbidden_address'
            WHEN error LIKE 'not sent: the endpoint%' THEN 'invalid_endpoint'
            WHEN error LIKE 'never sent: %' THEN 'dropped'
            ELSE 'other'
        END WHERE error IS NOT NULL;
        """
}
