import NIOCore
import Webhooks

/// Limits for clients: the number of connections, their duration, the size of a head, and the time that a stop takes.
package struct ServerLimits: Sendable {
    /// The time after which an idle connection is closed.
    var idle = TimeAmount.seconds(75)
    var deadlines = ConnectionDeadlines.Limits()
    /// The maximum number of connections whose requests are served; `nil` for what the limit of open files allows when
    /// the simulator starts (``ConnectionAdmission``).
    var connections: Int?
    /// The time after which an idle connection may be closed for another one.
    var leastIdle = ConnectionAdmission.leastIdle

    /// The time after the request to stop for which deliveries and responses under way may go on. What has not ended by
    /// then is cancelled, and the next start sends the deliveries again.
    package var shutdown = Duration.seconds(4)

    /// The time after a start with a file store for which deliveries wait for their listener to connect again.
    var listenerGrace = TimeAmount.seconds(3)

    static let backlog = 1024

    /// The configuration of the server. A head over the limit of the API is still parsed, so that its client gets an
    /// error response; a head of more than eight times that limit ends the connection.
    var server: HTTP1Server.Configuration {
        HTTP1Server.Configuration(
            deadlines: deadlines, idle: idle,
            decoder: HTTP1Server.Configuration.decoder(longestHead: 8 * Assumptions.longestHeaders))
    }
}
