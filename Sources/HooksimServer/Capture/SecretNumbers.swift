import Crypto
import Synchronization

/// Numbers secrets in the order in which they first occur, so that records without the secrets still show which ones
/// are equal.
///
/// The numbers exist in this process only, and a number reveals nothing about its secret.
final class SecretNumbers: Sendable {
    /// The maximum number of distinct secrets; all further ones share one number.
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
