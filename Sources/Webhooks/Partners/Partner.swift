package import Crypto

/// A partner of the simulated company, with its client. It owns its subscriptions and its events.
package struct Partner: Sendable {
    /// The partner's id.
    package let id: Identifier
    /// The id of the partner's client.
    package let clientID: String
    /// The digest of the client's secret, which itself is never stored.
    package let secretDigest: SHA256Digest
    /// The scopes that tokens of the client may have.
    package let scopes: Scope
    /// The instant at which the partner was created.
    package let createdAt: Timestamp

    /// Creates a partner.
    package init(id: Identifier, clientID: String, secretDigest: SHA256Digest, scopes: Scope, createdAt: Timestamp) {
        self.id = id
        self.clientID = clientID
        self.secretDigest = secretDigest
        self.scopes = scopes
        self.createdAt = createdAt
    }

    /// Returns the digest of a secret.
    package static func digest(ofSecret secret: String) -> SHA256Digest { SHA256.hash(data: Array(secret.utf8)) }

    /// Returns whether the client has this secret. Digests are compared in constant time.
    package func hasSecret(_ secret: String) -> Bool { Self.digest(ofSecret: secret) == secretDigest }
}
