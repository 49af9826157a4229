#if canImport(Glibc)
    import Glibc
#else
    import Musl
#endif

/// How the files that the process may open, sockets among them, are divided.
enum OpenFiles {
    /// How many connections clients may have: half of all.
    static var forClients: Int { forClients(of: limit) }

    /// How many attempts to deliver may be under way, each of which may need a connection: what clients leave, but for the store and others.
    static var forAttempts: Int { forAttempts(of: limit) }

    static func forClients(of limit: Int) -> Int { min(limit / 2, 8192) }

    static func forAttempts(of limit: Int) -> Int { max(limit - forClients(of: limit) - others, limit / 4, 1) }

    /// What is open beside connections: the store, event loops, standard streams, lookups of names.
    private static let others = 64

    private static var limit: Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1024 }
        return Int(min(limit.rlim_cur, 1 << 20))
    }
}
