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
    private let store: Store
    private let partners: PartnerRegistry
    private let clock: SimulatedClock

    init(store: Store, partners: PartnerRegistry, clock: SimulatedClock) throws {
        self.store = store
        self.partners = partners
        self.clock = clock
        let found = try store.writeSynchronously { try TokenTable.all($0) }.map { row in
            let token = Token(
                clientID: row.clientID, scopes: row.scopes, expiresAt: row.expiresAt, tag: Self.tag(row.digest))
            return (row.digest, token)
        }
        tokens.withLock { $0 = Dictionary(uniqueKeysWithValues: found) }
    }

    /// Adds a live token, which is durable when this returns.
    ///
    /// - Returns: `false` when the partner was removed meanwhile.
    func add(_ token: String, for partner: PartnerRecord, scopes: Scope, expiresAt: Timestamp) async throws -> Bool {
        let digest = Self.digest(token)
        let now = clock.now
        let isAdded = try await store.write { session in
            try TokenTable.insert(
                digest: digest, partner: partner.row, scopes: scopes, expiresAt: expiresAt, now: now, session)
        }
        guard isAdded else { return false }
        tokens.withLock { tokens in
            tokens[digest] = Token(
                clientID: partner.partner.clientID, scopes: scopes, expiresAt: expiresAt, tag: Self.tag(digest))
            if tokens.count > 10_000 { tokens = tokens.filter { $0.value.expiresAt > now } }
        }
        return true
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
        try await store.write { try TokenTable.expire(digest: digest, at: now, $0) }
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
