/// The division of the files, including sockets, that the process may open.
enum OpenFiles {
    /// The maximum number of connections of clients: half of all files.
    static var forClients: Int { forClients(of: limit) }

    /// The maximum number of attempts under way, each of which may need a connection: the files that are left by
    /// clients, the store and other uses.
    static var forAttempts: Int { forAttempts(of: limit) }

    static func forClients(of limit: Int) -> Int { min(limit / 2, 8192) }

    static func forAttempts(of limit: Int) -> Int { max(limit - forClients(of: limit) - others, limit / 4, 1) }

    /// The number of files for uses other than connections: the store, event loops, standard streams and name
    /// resolution.
    private static let others = 64

    private static var limit: Int { OpenFileLimit().map { Int(min($0.current, 1 << 20)) } ?? 1024 }
}
