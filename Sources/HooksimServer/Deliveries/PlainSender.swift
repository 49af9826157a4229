import NIOCore
import Webhooks

/// Sends attempts over plain HTTP/1.1, which is what nearly every receiver in a test speaks.
///
/// All of it happens on one event loop, so that an attempt costs neither a task nor a lock; a general client costs several of each, and
/// 60 to 90 µs of processor time a request.
final class PlainSender: Sendable {
    private let loop: any EventLoop
    private let connections: NIOLoopBoundBox<PlainConnections>

    init(loop: any EventLoop, clock: SimulatedClock, names: NameResolver, idleTimeout: TimeAmount) {
        self.loop = loop
        connections = .makeBoxSendingValue(
            PlainConnections(loop: loop, clock: clock, names: names, idleTimeout: idleTimeout), eventLoop: loop)
    }

    /// - Parameters:
    ///   - timeout: real time from connect to the last byte of the response.
    ///   - completion: called once for each, on the event loop.
    func send(
        _ deliveries: [OutgoingDelivery], timeout: TimeSpan,
        completion: @escaping @Sendable (OutgoingDelivery, ReceiverAnswer) -> Void
    ) {
        loop.execute {
            for delivery in deliveries {
                guard let endpoint = delivery.endpoint else {
                    completion(delivery, ReceiverAnswer(result: AttemptResult(failure: .invalidEndpoint)))
                    continue
                }
                self.connections.value.start(
                    PlainAttempt(delivery, to: endpoint, timeout: timeout) { completion(delivery, $0) }, at: endpoint)
            }
        }
    }

    /// Closes the idle connections; those in use end with their attempt.
    func shutdown() async {
        try? await loop.submit { self.connections.value.close() }.get()
    }
}
