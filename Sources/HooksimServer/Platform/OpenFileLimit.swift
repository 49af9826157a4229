#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The limit of the files, including sockets, that this process may have open.
package struct OpenFileLimit: Sendable {
    /// The number in force.
    package let current: UInt64
    /// The number to which the process may raise it.
    package let max: UInt64

    #if canImport(Glibc)
        private static let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    #else
        private static let resource = RLIMIT_NOFILE
    #endif

    /// Reads the limit from the system; `nil` if the system does not say.
    package init?() {
        var limit = rlimit()
        guard getrlimit(Self.resource, &limit) == 0 else { return nil }
        (current, max) = (UInt64(limit.rlim_cur), UInt64(limit.rlim_max))
    }

    /// Sets the limit in force. It stays as it is if the system refuses that number, as macOS refuses large ones.
    package func set(_ number: UInt64) {
        var limit = rlimit()
        (limit.rlim_cur, limit.rlim_max) = (rlim_t(number), rlim_t(max))
        setrlimit(Self.resource, &limit)
    }
}
