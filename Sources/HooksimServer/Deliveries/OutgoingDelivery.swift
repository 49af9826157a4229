import Webhooks

/// One attempt that was claimed: all that sending and recording it needs.
struct OutgoingDelivery: Sendable {
    let event: Int
    let eventID: Identifier
    let subscription: Int
    let partner: Int
    let ticket: Int
    let round: Int
    let attempt: Int
    let endpointURL: String
    let secretKey: String?
    let payload: [UInt8]

    /// What an attempt sends beside its body (api.md, Delivery).
    var headers: [(name: String, value: String)] {
        var headers = [
            ("Content-Type", "application/json"),
            ("User-Agent", "hooksim/\(HooksimVersion.current)"),
            ("X-Webhook-Id", eventID.description),
            ("X-Webhook-Attempt", String(attempt)),
        ]
        if let secretKey { headers.append(("Authorization", "Bearer \(secretKey)")) }
        return headers
    }
}

/// What came back from the receiver.
struct ReceiverAnswer: Sendable {
    var result: AttemptResult
    var headers: [(name: String, value: String)] = []
    /// Its first bytes, at most ``Assumptions/answerBytesKept``.
    var body: [UInt8] = []
}
