import Webhooks

/// A type that sends attempts to receivers.
protocol AttemptSender: Sendable {
    /// Sends several attempts concurrently.
    ///
    /// - Parameters:
    ///   - timeout: The real time allowed from connecting to the last byte of the response.
    ///   - completion: A closure that is called once for each delivery, on any thread.
    func send(
        _ deliveries: [OutgoingDelivery], timeout: TimeSpan,
        completion: @escaping @Sendable (OutgoingDelivery, ReceiverResponse) -> Void)

    /// Closes the idle connections; a connection in use is closed when its attempt has ended.
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
