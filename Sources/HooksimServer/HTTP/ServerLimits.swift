import NIOCore
import Webhooks

#if canImport(Glibc)
    import Glibc
#else
    import Musl
#endif

/// What clients may cost: how many connections, how long each, and how large a head.
package struct ServerLimits: Sendable {
    /// How long nothing at all may happen on a connection.
    var idle = TimeAmount.seconds(75)
    var deadlines = ConnectionDeadlines.Limits()
    /// How many connections there are at once; later ones wait to be accepted.
    var connections = Self.connectionsByDefault

    static let backlog = 1024

    /// Half of the files that the process may open; the others are for deliveries.
    private static var connectionsByDefault: Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 512 }
        return Int(min(limit.rlim_cur / 2, 8192))
    }

    /// Heads over the API's own limit are still read, so that they get an answer that says so; far over it the connection is closed.
    var server: HTTP1Server.Configuration {
        HTTP1Server.Configuration(
            deadlines: deadlines, idle: idle,
            decoder: HTTP1Server.Configuration.decoder(longestHead: 8 * Assumptions.longestHeaders))
    }
}
