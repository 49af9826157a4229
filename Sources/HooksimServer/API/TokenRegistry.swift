import Crypto
import Synchronization
import Webhooks

/// The client that a request is authenticated as, and the scopes of its token.
struct AuthenticatedClient: Sendable {
    let partner: PartnerRecord
    let scopes: Scope
    /// The token's number in the registry.
    let tokenNumber: Int
}

/// The issued access tokens, kept as digests in memory and in the store.
final class TokenRegistry: Sendable {
    private struct Token: Sendable {
        let clientID: String
        /// The generation of the token's partner; the token ends with it.
        let generation: Int
        let scopes: Scope
        var expiresAt: Timestamp
        /// The token's number in the order in which this process issued or read tokens, by which a recording refers to
        /// it.
        let number: Int
    }

    private struct State {
        var tokens: [[UInt8]: Token] = [:]
        /// The number of tokens above which expired ones are removed. It is twice the number that was left the last
        /// time, which keeps the cost per token small.
        var sweepCount = 10_000
        var lastNumber = 0

        mutating func nextNumber() -> Int {
            lastNumber += 1
            return lastNumber
        }
    }

    private let state = Mutex(State())
    private let store: Store
    private let partners: PartnerRegistry
    private let clock: SimulatedClock

    init(store: Store, partners: PartnerRegistry, clock: SimulatedClock) throws {
        self.store = store
        self.partners = partners
        self.clock = clock
        let found = try store.writeSynchronously { try TokenTable.all($0) }
        state.withLock { state in
            for row in found {
                guard let partner = partners[clientID: row.clientID] else { continue }
                state.tokens[row.digest] = Token(
                    clientID: row.clientID, generation: partner.generation, scopes: row.scopes,
                    expiresAt: row.expiresAt, number: state.nextNumber())
            }
        }
    }

    /// Adds a token, which is durable when this method returns.
    ///
    /// - Returns: the token's number; `nil` if the partner was removed before the token was stored.
    func add(_ token: String, for partner: PartnerRecord, scopes: Scope, expiresAt: Timestamp) async throws -> Int? {
        let digest = Self.digest(token)
        let now = clock.now
        let isAdded = try await store.write { session in
            try TokenTable.insert(
                digest: digest, partner: partner.row, scopes: scopes, expiresAt: expiresAt, now: now, session)
        }
        guard isAdded else { return nil }
        return state.withLock { state in
            let number = state.nextNumber()
            state.tokens[digest] = Token(
                clientID: partner.partner.clientID, generation: partner.generation, scopes: scopes,
                expiresAt: expiresAt, number: number)
            if state.tokens.count > state.sweepCount {
                state.tokens = state.tokens.filter { $0.value.expiresAt > now }
                state.sweepCount = max(10_000, 2 * state.tokens.count)
            }
            return number
        }
    }

    /// Returns the client of a token that has not expired; `nil` for any other token.
    func client(of token: String) -> AuthenticatedClient? {
        let digest = Self.digest(token)
        guard let token = state.withLock({ $0.tokens[digest] }), token.expiresAt > clock.now,
            let partner = partner(of: token)
        else {
            return nil
        }
        return AuthenticatedClient(partner: partner, scopes: token.scopes, tokenNumber: token.number)
    }

    /// Returns the partner that a token was issued to, even if the token has expired.
    func owner(of token: String) -> PartnerRecord? {
        let digest = Self.digest(token)
        return state.withLock({ $0.tokens[digest] }).flatMap { partner(of: $0) }
    }

    /// Returns the partner of a token. Its generation is compared, since a reset may come between the two look-ups: the
    /// token must not become that of a later partner.
    private func partner(of token: Token) -> PartnerRecord? {
        guard let partner = partners[clientID: token.clientID], partner.generation == token.generation else {
            return nil
        }
        return partner
    }

    /// Returns the number of a token that this process knows, even if the token has expired.
    func number(of token: String) -> Int? {
        let digest = Self.digest(token)
        return state.withLock { $0.tokens[digest]?.number }
    }

    func partner(clientID: String) -> PartnerRecord? { partners[clientID: clientID] }

    /// Expires a token now, unless it has expired already.
    func expire(_ token: String) async throws {
        let digest = Self.digest(token)
        let now = clock.now
        try await store.write { try TokenTable.expire(digest: digest, at: now, $0) }
        state.withLock { state in
            guard let old = state.tokens[digest] else { return }
            state.tokens[digest]?.expiresAt = min(old.expiresAt, now)
        }
    }

    /// Forgets all tokens, or those of one client, in memory; the store removes them with the partners' rows.
    func forget(clientID: String? = nil) {
        state.withLock { state in
            state.tokens = clientID.map { clientID in state.tokens.filter { $0.value.clientID != clientID } } ?? [:]
        }
    }

    /// Returns the SHA-256 digest of a token, which is kept in place of the token.
    private static func digest(_ token: String) -> [UInt8] { Array(SHA256.hash(data: Array(token.utf8))) }
}
