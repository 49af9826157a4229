import Webhooks

/// What sends attempts to receivers.
protocol AttemptSender: Sendable {
    /// Sends attempts, all at once.
    ///
    /// - Parameters:
    ///   - timeout: real time from connect to the last byte of the response.
    ///   - completion: called once for each delivery, on any thread.
    func send(
        _ deliveries: [OutgoingDelivery], timeout: TimeSpan,
        completion: @escaping @Sendable (OutgoingDelivery, ReceiverResponse) -> Void)

    /// Closes the idle connections; those in use end with their attempt.
    func shutdown() async throws
}

extension AttemptSender {
    /// Sends one attempt and returns its response.
    func send(_ delivery: OutgoingDelivery, timeout: TimeSpan) async -> ReceiverResponse {
        await withUnsafeContinuation { continuation in
            send([delivery], timeout: timeout) { continuation.resume(returning: $1) }
        }
    }
}
