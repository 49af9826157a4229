import Crypto
import Synchronization

/// Numbers secrets in the order in which they first came, so that equal ones can be told from others by what is kept of them.
///
/// The numbers are known to this process alone: nothing that can be learnt of a secret from its number.
final class SecretNumbers: Sendable {
    /// Secrets beyond so many have one number.
    private static let maxCount = 20_000

    private let numbers = Mutex<[SHA256Digest: Int]>([:])

    func number(of secret: String) -> Int {
        let digest = SHA256.hash(data: Array(secret.utf8))
        return numbers.withLock { numbers in
            if let known = numbers[digest] { return known }
            let number = numbers.count + 1
            if number <= Self.maxCount { numbers[digest] = number }
            return number
        }
    }
}
