import NIOCore
import Webhooks

/// Sends attempts over HTTP: no redirect is followed, the whole exchange is timed, and the answer that is kept is bounded.
struct DeliverySender: Sendable {
    /// How long a connection waits for another attempt: shorter than any receiver's own limit, so that no attempt meets a connection that
    /// is just being closed.
    static let idleTimeout = TimeAmount.seconds(1)

    private let plain: PlainSender
    private let secure: SecureSender

    init(clock: SimulatedClock, trust: DeliveryTrust) {
        plain = PlainSender(clock: clock)
        secure = SecureSender(clock: clock, trust: trust)
    }

    func shutdown() async throws {
        await plain.shutdown()
        try await secure.shutdown()
    }

    /// - Parameter timeout: real time from connect to the last byte of the answer.
    func send(_ delivery: OutgoingDelivery, timeout: TimeSpan) async -> ReceiverAnswer {
        let url: EndpointURL
        do {
            url = try EndpointURL(delivery.endpointURL)
        } catch {
            return ReceiverAnswer(result: AttemptResult(error: "not sent: the endpoint's URL \(error)"))
        }
        if let reason = NetworkAddress(url.host)?.reasonNotToDeliver {
            return ReceiverAnswer(result: AttemptResult(error: ForbiddenAddress(reason: reason).description))
        }
        guard !url.isSecure else { return await secure.send(delivery, timeout: timeout) }
        return await withUnsafeContinuation { continuation in
            plain.send(delivery, to: url, timeout: timeout) { continuation.resume(returning: $0) }
        }
    }
}
