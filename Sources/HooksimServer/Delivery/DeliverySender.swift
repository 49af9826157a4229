import Logging
import NIOCore
import NIOPosix
import Webhooks

/// Sends attempts over HTTP/1.1, with or without TLS. Redirects are not followed, the timeout covers the whole attempt,
/// and the part of the response that is kept is limited.
///
/// All work happens on one event loop, so that an attempt needs neither a task nor a lock. A general HTTP client needs
/// several of each, and 60 to 90 µs of processor time a request.
final class DeliverySender: AttemptSender {
    /// The time after which an idle connection is closed. It is shorter than the idle timeout of usual receivers, so
    /// that few attempts are sent on a connection that the receiver is closing.
    static let idleTimeout = TimeAmount.seconds(1)

    private let loop: any EventLoop
    private let connections: NIOLoopBoundBox<ReceiverConnections>

    /// Creates a sender.
    /// - Parameters:
    ///   - maxAttempts: The maximum number of attempts under way at a time; by default, the number of sockets that the
    ///     process may open.
    ///   - beforeSocket: A closure that is called before each socket is opened; a test may throw a system error from
    ///     it.
    ///   - lookup: A closure that resolves names; it may block.
    init(
        clock: SimulatedClock, trust: DeliveryTrust, logger: Logger, idleTimeout: TimeAmount = idleTimeout,
        maxAttempts: Int = OpenFiles.forAttempts, beforeSocket: @escaping @Sendable () throws -> Void = {},
        lookup: @escaping NameResolver.Lookup = SystemLookup.addresses
    ) {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        self.loop = loop
        connections = .makeBoxSendingValue(
            ReceiverConnections(
                connector: ReceiverConnector(loop: loop, trust: trust, beforeSocket: beforeSocket), clock: clock,
                names: NameResolver(loop: loop, lookup: lookup), idleTimeout: idleTimeout, maxAttempts: maxAttempts,
                logger: logger),
            eventLoop: loop)
    }

    func send(
        _ deliveries: [OutgoingDelivery], timeout: TimeSpan,
        completion: @escaping @Sendable (OutgoingDelivery, ReceiverResponse) -> Void
    ) {
        loop.execute {
            for delivery in deliveries {
                guard let endpoint = delivery.endpoint else {
                    completion(delivery, ReceiverResponse(result: AttemptResult(failure: .invalidEndpoint)))
                    continue
                }
                self.connections.value.start(
                    OutgoingAttempt(delivery, to: endpoint, timeout: timeout) { completion(delivery, $0) })
            }
        }
    }

    func shutdown() async throws {
        try? await loop.submit { self.connections.value.close() }.get()
    }
}
