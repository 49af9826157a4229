import NIOCore
import NIOPosix
import Webhooks

/// Sends attempts over HTTP: no redirect is followed, the whole attempt is timed, and the response that is kept is bounded.
struct DeliverySender: AttemptSender {
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

    func send(
        _ deliveries: [OutgoingDelivery], timeout: TimeSpan,
        completion: @escaping @Sendable (OutgoingDelivery, ReceiverAnswer) -> Void
    ) {
        plain.send(deliveries.filter { $0.endpoint?.isSecure != true }, timeout: timeout, completion: completion)
        for delivery in deliveries {
            guard let endpoint = delivery.endpoint, endpoint.isSecure else { continue }
            Task { completion(delivery, await sendSecurely(delivery, to: endpoint, timeout: timeout)) }
        }
    }

    private func sendSecurely(
        _ delivery: OutgoingDelivery, to endpoint: EndpointURL, timeout: TimeSpan
    ) async -> ReceiverAnswer {
        if let reason = NetworkAddress(endpoint.host)?.reasonNotToDeliver {
            return ReceiverAnswer(result: AttemptResult(failure: .forbiddenAddress(reason)))
        }
        return await secure.send(delivery, to: endpoint, timeout: timeout)
    }
}
