import Crypto
import Synchronization
import Webhooks

/// Who a request speaks for, and what its token allows.
struct AuthenticatedClient: Sendable {
    let partner: PartnerRecord
    let scopes: Scope
    /// The token's number.
    let tokenNumber: Int
}

/// The live access tokens: kept hashed, in memory and in the store.
final class TokenRegistry: Sendable {
    private struct Token: Sendable {
        let clientID: String
        /// The generation of its partner, with which it ends.
        let generation: Int
        let scopes: Scope
        var expiresAt: Timestamp
        /// Counts tokens in the order in which this process came to know them, so that a recording can speak of one.
        let number: Int
    }

    private struct State {
        var tokens: [[UInt8]: Token] = [:]
        /// At how many tokens the expired ones are removed: twice as many as were left the last time, which costs each token little.
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

    /// Adds a live token, which is durable when this returns.
    ///
    /// - Returns: the token's number; `nil` when the partner was removed meanwhile.
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

    /// Who a live token speaks for.
    func client(of token: String) -> AuthenticatedClient? {
        let digest = Self.digest(token)
        guard let token = state.withLock({ $0.tokens[digest] }), token.expiresAt > clock.now,
            let partner = partner(of: token)
        else {
            return nil
        }
        return AuthenticatedClient(partner: partner, scopes: token.scopes, tokenNumber: token.number)
    }

    /// Who a token was issued to, also when it has expired.
    func owner(of token: String) -> PartnerRecord? {
        let digest = Self.digest(token)
        return state.withLock({ $0.tokens[digest] }).flatMap { partner(of: $0) }
    }

    /// The partner of a token; a reset between looking up the one and the other must not make it the token of a later partner.
    private func partner(of token: Token) -> PartnerRecord? {
        guard let partner = partners[clientID: token.clientID], partner.generation == token.generation else {
            return nil
        }
        return partner
    }

    /// The number of a token that was issued here, also when it has expired.
    func number(of token: String) -> Int? {
        let digest = Self.digest(token)
        return state.withLock { $0.tokens[digest]?.number }
    }

    func partner(clientID: String) -> PartnerRecord? { partners[clientID: clientID] }

    /// Makes a token expire now.
    func expire(_ token: String) async throws {
        let digest = Self.digest(token)
        let now = clock.now
        try await store.write { try TokenTable.expire(digest: digest, at: now, $0) }
        state.withLock { state in
            guard let old = state.tokens[digest] else { return }
            state.tokens[digest]?.expiresAt = min(old.expiresAt, now)
        }
    }

    /// Forgets all tokens, or those of one client, in memory; the store's go with its rows.
    func forget(clientID: String? = nil) {
        state.withLock { state in
            state.tokens = clientID.map { clientID in state.tokens.filter { $0.value.clientID != clientID } } ?? [:]
        }
    }

    /// What is kept of a token: its SHA-256.
    private static func digest(_ token: String) -> [UInt8] { Array(SHA256.hash(data: Array(token.utf8))) }
}
