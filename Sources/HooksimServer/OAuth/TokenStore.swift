import Crypto
import Synchronization
import Webhooks

/// Who a request speaks for, and what its token allows.
struct AuthenticatedClient: Sendable {
    let partner: PartnerRecord
    let scopes: Scope
    /// The token's name in a recording.
    let tokenTag: String
}

/// The live access tokens: kept hashed, in memory and in the store.
final class TokenStore: Sendable {
    private struct Token: Sendable {
        let clientID: String
        let scopes: Scope
        let expiresAt: Timestamp
        let tag: String
    }

    private let tokens = Mutex<[[UInt8]: Token]>([:])
    private let database: Database
    private let partners: PartnerRegistry
    private let clock: SimulatedClock

    init(database: Database, partners: PartnerRegistry, clock: SimulatedClock) throws {
        self.database = database
        self.partners = partners
        self.clock = clock
        let found = try database.writeSynchronously { connection in
            let statement = try connection.prepare(
                "SELECT digest, client_id, tokens.scopes, expires_at FROM tokens JOIN partners USING (partner)")
            var found: [[UInt8]: Token] = [:]
            while try statement.step() {
                let digest = Array(statement.bytes(0))
                found[digest] = Token(
                    clientID: statement.string(1), scopes: Scope(rawValue: statement.integer(2)),
                    expiresAt: statement.timestamp(3), tag: Self.tag(digest))
            }
            return found
        }
        tokens.withLock { $0 = found }
    }

    /// Makes the token live; durable when this returns.
    func add(_ token: String, for partner: PartnerRecord, scopes: Scope, expiresAt: Timestamp) async throws {
        let digest = Self.digest(token)
        let now = clock.now
        try await database.write { connection in
            try connection.run(
                "INSERT OR REPLACE INTO tokens (digest, partner, scopes, expires_at) VALUES (?, ?, ?, ?)",
                digest, partner.row, scopes.rawValue, expiresAt)
            // Whoever asks for tokens sweeps up two of the expired ones, so that they never pile up.
            try connection.run(
                "DELETE FROM tokens WHERE digest IN (SELECT digest FROM tokens WHERE expires_at <= ? LIMIT 2)", now)
        }
        tokens.withLock { tokens in
            tokens[digest] = Token(
                clientID: partner.partner.clientID, scopes: scopes, expiresAt: expiresAt, tag: Self.tag(digest))
            if tokens.count > 10_000 { tokens = tokens.filter { $0.value.expiresAt > now } }
        }
    }

    /// Who a live token speaks for.
    func client(of token: String) -> AuthenticatedClient? {
        let digest = Self.digest(token)
        guard let token = tokens.withLock({ $0[digest] }), token.expiresAt > clock.now,
            let partner = partners[clientID: token.clientID]
        else {
            return nil
        }
        return AuthenticatedClient(partner: partner, scopes: token.scopes, tokenTag: token.tag)
    }

    /// Who a token was issued to, also when it has expired.
    func owner(of token: String) -> PartnerRecord? {
        let digest = Self.digest(token)
        return tokens.withLock({ $0[digest] }).flatMap { partners[clientID: $0.clientID] }
    }

    func partner(clientID: String) -> PartnerRecord? { partners[clientID: clientID] }

    /// Makes a token expire now.
    func expire(_ token: String) async throws {
        let digest = Self.digest(token)
        let now = clock.now
        try await database.write { try $0.run("UPDATE tokens SET expires_at = ? WHERE digest = ?", now, digest) }
        tokens.withLock { tokens in
            guard let old = tokens[digest] else { return }
            tokens[digest] = Token(
                clientID: old.clientID, scopes: old.scopes, expiresAt: min(old.expiresAt, now), tag: old.tag)
        }
    }

    /// Forgets all tokens, or those of one client, in memory; the store's go with its rows.
    func forget(clientID: String? = nil) {
        tokens.withLock { tokens in
            tokens = clientID.map { clientID in tokens.filter { $0.value.clientID != clientID } } ?? [:]
        }
    }

    /// What is kept of a token: its SHA-256.
    private static func digest(_ token: String) -> [UInt8] { Array(SHA256.hash(data: Array(token.utf8))) }

    /// Enough of a digest to tell one token or secret from another, and too little to learn anything from.
    static func tag(of secret: String) -> String { tag(digest(secret)) }

    private static func tag(_ digest: [UInt8]) -> String {
        digest.prefix(4).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
