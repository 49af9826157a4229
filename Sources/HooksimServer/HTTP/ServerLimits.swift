import NIOCore
import Webhooks

/// What clients may cost: how many connections, how long each, and how large a head.
package struct ServerLimits: Sendable {
    /// How long nothing at all may happen on a connection.
    var idle = TimeAmount.seconds(75)
    var deadlines = ConnectionDeadlines.Limits()
    /// How many connections there are at once; later ones wait to be accepted.
    var connections = OpenFiles.forClients

    static let backlog = 1024

    /// Heads over the API's own limit are still read, so that they get an answer that says so; far over it the connection is closed.
    var server: HTTP1Server.Configuration {
        HTTP1Server.Configuration(
            deadlines: deadlines, idle: idle,
            decoder: HTTP1Server.Configuration.decoder(longestHead: 8 * Assumptions.longestHeaders))
    }
}
