import Crypto

/// The control API's token, kept as a digest; without one, everybody on the machine may.
struct AdminToken: Sendable {
    private let digest: SHA256Digest?
    private let logins = LoginLimiter()

    init(_ token: String?) { digest = token.map { SHA256.hash(data: Array($0.utf8)) } }

    var isRequired: Bool { digest != nil }

    /// - Throws: an ``APIError`` when too many wrong ones came from that address.
    func accepts(_ token: String?, from address: String) throws -> Bool {
        guard let digest else { return true }
        if let wait = logins.retryAfter(for: address) { throw APIError.tooManyGuesses(retryAfter: wait) }
        guard let token else { return false }
        // Digests are compared in constant time, whatever the token and however long it is.
        let isRight = SHA256.hash(data: Array(token.utf8)) == digest
        if !isRight { logins.noteFailure(of: address) }
        return isRight
    }
}
