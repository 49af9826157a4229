import Glibc

/// A mutex in the place of the standard library's, of pthreads, which the thread sanitizer knows; see scripts/check-races.
struct Mutex<Value>: @unchecked Sendable {
    private final class Storage {
        var value: Value
        let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)

        init(_ value: Value) {
            self.value = value
            pthread_mutex_init(lock, nil)
        }

        deinit {
            pthread_mutex_destroy(lock)
            lock.deallocate()
        }
    }

    private let storage: Storage

    init(_ value: sending Value) { storage = Storage(value) }

    @discardableResult
    func withLock<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
        pthread_mutex_lock(storage.lock)
        defer { pthread_mutex_unlock(storage.lock) }
        return try body(&storage.value)
    }
}
