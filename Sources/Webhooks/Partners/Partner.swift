package import Crypto

/// A client of the API: all that it subscribes and receives is its own.
package struct Partner: Sendable {
    package let id: Identifier
    package let clientID: String
    /// The secret itself is never kept.
    package let secretDigest: SHA256Digest
    package let scopes: Scope
    package let createdAt: Timestamp

    package init(id: Identifier, clientID: String, secretDigest: SHA256Digest, scopes: Scope, createdAt: Timestamp) {
        self.id = id
        self.clientID = clientID
        self.secretDigest = secretDigest
        self.scopes = scopes
        self.createdAt = createdAt
    }

    package static func digest(ofSecret secret: String) -> SHA256Digest { SHA256.hash(data: Array(secret.utf8)) }

    /// Compares in constant time, as comparing digests does.
    package func hasSecret(_ secret: String) -> Bool { Self.digest(ofSecret: secret) == secretDigest }
}
