import SQLite
import Webhooks

/// The table of access tokens, which are stored as digests.
enum TokenTable {
    struct Row: Sendable {
        let digest: [UInt8]
        let clientID: String
        let scopes: Scope
        let expiresAt: Timestamp
    }

    static func all(_ session: StoreSession) throws -> [Row] {
        try session.all(
            "SELECT digest, client_id, tokens.scopes, expires_at FROM tokens JOIN partners USING (partner)"
        ) {
            Row(
                digest: Array($0.bytes(0)), clientID: $0.string(1), scopes: Scope(rawValue: try $0.integer(2)),
                expiresAt: try $0.timestamp(3))
        }
    }

    /// Inserts a token, and removes up to two expired tokens, so that expired tokens do not accumulate.
    ///
    /// - Returns: `false` if the partner no longer exists.
    static func insert(
        digest: [UInt8], partner: Int, scopes: Scope, expiresAt: Timestamp, now: Timestamp, _ session: StoreSession
    ) throws -> Bool {
        let inserted = try session.run(
            """
            INSERT OR REPLACE INTO tokens (digest, partner, scopes, expires_at)
            SELECT ?1, partner, ?3, ?4 FROM partners WHERE partner = ?2
            """, digest, partner, scopes.rawValue, expiresAt)
        try session.run(
            "DELETE FROM tokens WHERE digest IN (SELECT digest FROM tokens WHERE expires_at <= ? LIMIT 2)", now)
        return inserted == 1
    }

    static func expire(digest: [UInt8], at now: Timestamp, _ session: StoreSession) throws {
        try session.run("UPDATE tokens SET expires_at = MIN(expires_at, ?) WHERE digest = ?", now, digest)
    }
}
