import NIOCore
import NIOPosix
import Webhooks

/// Sends attempts over HTTP: no redirect is followed, the whole attempt is timed, and the response that is kept is bounded.
struct DeliverySender: Sendable {
    /// How long a connection waits for another attempt: shorter than any receiver's own limit, so that few attempts meet a connection that
    /// is just being closed.
    static let idleTimeout = TimeAmount.seconds(1)

    private let plain: PlainSender
    private let secure: SecureSender

    /// - Parameter lookup: how names are resolved; it may block.
    init(
        clock: SimulatedClock, trust: DeliveryTrust, idleTimeout: TimeAmount = idleTimeout,
        lookup: @escaping NameResolver.Lookup = SystemLookup.addresses
    ) {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let names = NameResolver(loop: loop, lookup: lookup)
        plain = PlainSender(loop: loop, clock: clock, names: names, idleTimeout: idleTimeout)
        secure = SecureSender(clock: clock, trust: trust, names: names)
    }

    func shutdown() async throws {
        await plain.shutdown()
        try await secure.shutdown()
    }

    /// Whether ``sendPlain(_:timeout:completion:)`` can send it.
    func isPlain(_ delivery: OutgoingDelivery) -> Bool { delivery.endpoint?.isSecure == false }

    /// Sends to plain http endpoints, all at once.
    /// - Parameter completion: called once for each, on an event loop.
    func sendPlain(
        _ deliveries: [OutgoingDelivery], timeout: TimeSpan,
        completion: @escaping @Sendable (OutgoingDelivery, ReceiverAnswer) -> Void
    ) {
        plain.send(deliveries, timeout: timeout, completion: completion)
    }

    /// - Parameter timeout: real time from connect to the last byte of the response.
    func send(_ delivery: OutgoingDelivery, timeout: TimeSpan) async -> ReceiverAnswer {
        guard let endpoint = delivery.endpoint, endpoint.isSecure else {
            return await withUnsafeContinuation { continuation in
                plain.send([delivery], timeout: timeout) { continuation.resume(returning: $1) }
            }
        }
        if let reason = NetworkAddress(endpoint.host)?.reasonNotToDeliver {
            return ReceiverAnswer(result: AttemptResult(failure: .forbiddenAddress(reason)))
        }
        return await secure.send(delivery, to: endpoint, timeout: timeout)
    }
}
