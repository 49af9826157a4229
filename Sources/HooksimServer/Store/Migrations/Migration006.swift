/// The first released schema. It is frozen; later changes are migrations of their own.
enum Migration006 {
    static let sql = """
        CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE partners (
            partner INTEGER PRIMARY KEY AUTOINCREMENT,
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
            subscription INTEGER PRIMARY KEY AUTOINCREMENT,
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
            failure TEXT,
            fault TEXT,
            answer_headers TEXT,
            answer_body BLOB
        ) STRICT;
        CREATE INDEX attempts_of_event ON attempts (event, seq);
        CREATE TABLE acts (row INTEGER PRIMARY KEY, at INTEGER NOT NULL, client_id TEXT, act TEXT NOT NULL) STRICT;
        CREATE TABLE event_counts (
            partner INTEGER NOT NULL,
            topic INTEGER NOT NULL,
            status INTEGER NOT NULL,
            count INTEGER NOT NULL,
            PRIMARY KEY (partner, topic, status)
        ) STRICT, WITHOUT ROWID;
        """
}
