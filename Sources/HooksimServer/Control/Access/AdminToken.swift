import Crypto

/// The admin token of the control API, kept as a digest; without one, every client that reaches the API is authorized.
struct AdminToken: Sendable {
    private let digest: SHA256Digest?
    private let logins = LoginLimiter()

    init(_ token: String?) { digest = token.map { SHA256.hash(data: Array($0.utf8)) } }

    var isRequired: Bool { digest != nil }

    /// Returns whether a token is the admin token; `true` if none is required.
    ///
    /// - Throws: an ``APIError`` of 429 if too many wrong tokens came from the address.
    func accepts(_ token: String?, from address: String) throws -> Bool {
        guard let digest else { return true }
        if let wait = logins.retryAfter(for: address) { throw APIError.tooManyGuesses(retryAfter: wait) }
        guard let token else { return false }
        // The comparison of digests takes constant time, whatever the value and the length of the token.
        let isRight = SHA256.hash(data: Array(token.utf8)) == digest
        if !isRight { logins.noteFailure(of: address) }
        return isRight
    }
}
