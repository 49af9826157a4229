/// The division of the files, including sockets, that the process may open.
enum OpenFiles {
    /// The maximum number of connections of clients whose requests are served.
    static var forClients: Int { forClients(of: limit) }

    /// The maximum number of connections of clients beyond that, on which requests are refused.
    static var forRefusedClients: Int { forRefusedClients(of: limit) }

    /// The maximum number of attempts under way, each of which may need a connection: the files that are left by
    /// clients, the store and other uses.
    static var forAttempts: Int { forAttempts(of: limit) }

    static func forClients(of limit: Int) -> Int { min(max(limit / 4, limit / 2 - others, 1), 8192) }

    static func forRefusedClients(of limit: Int) -> Int { min(max(limit / 32, 4), 64) }

    static func forAttempts(of limit: Int) -> Int {
        max(limit - forClients(of: limit) - forRefusedClients(of: limit) - others, limit / 4, 1)
    }

    /// The number of files for uses other than connections: the store, event loops, standard streams and name
    /// resolution.
    private static let others = 64

    private static var limit: Int { OpenFileLimit().map { Int(min($0.current, 1 << 20)) } ?? 1024 }
}
