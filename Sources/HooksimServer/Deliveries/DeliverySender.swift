import Logging
import NIOCore
import NIOPosix
import Webhooks

/// Sends attempts over HTTP/1.1, plain and with TLS: no redirect is followed, the whole attempt is timed, and the response that is kept is
/// bounded.
///
/// All of it happens on one event loop, so that an attempt costs neither a task nor a lock; a general client costs several of each, and
/// 60 to 90 µs of processor time a request.
final class DeliverySender: AttemptSender {
    /// How long a connection waits for another attempt: shorter than any receiver's own limit, so that few attempts meet a connection that
    /// is just being closed.
    static let idleTimeout = TimeAmount.seconds(1)

    private let loop: any EventLoop
    private let connections: NIOLoopBoundBox<ReceiverConnections>

    /// - Parameters:
    ///   - maxAttempts: how many attempts are under way at a time; by default, as many as there may be sockets for.
    ///   - beforeSocket: called before each socket is opened; a test may throw what the system would.
    ///   - lookup: how names are resolved; it may block.
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
