import Webhooks

/// Hands the attempts to listeners to their connections, and all others to another sender.
struct ListenerSender: AttemptSender {
    let listeners: ListenerRegistry
    let other: any AttemptSender

    func send(
        _ deliveries: [OutgoingDelivery], timeout: TimeSpan,
        completion: @escaping @Sendable (OutgoingDelivery, ReceiverResponse) -> Void
    ) {
        let isOfListener = { (delivery: OutgoingDelivery) in delivery.endpoint?.isOfListener ?? false }
        guard deliveries.contains(where: isOfListener) else {
            return other.send(deliveries, timeout: timeout, completion: completion)
        }
        let others = deliveries.filter { !isOfListener($0) }
        if !others.isEmpty { other.send(others, timeout: timeout, completion: completion) }
        for delivery in deliveries where isOfListener(delivery) {
            listeners.send(delivery, to: delivery.endpoint?.listenerID, timeout: timeout) {
                completion(delivery, $0)
            }
        }
    }

    func shutdown() async throws { try await other.shutdown() }
}
