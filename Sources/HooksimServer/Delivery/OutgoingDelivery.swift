import Webhooks

/// An attempt that was claimed, with the data needed to send and record it.
struct OutgoingDelivery: Sendable {
    let event: Int
    let eventID: Identifier
    let topic: Topic
    let entityID: String
    let subscription: Int
    let partner: Int
    let ticket: Int
    let round: Int
    let attempt: Int
    let dueAt: Timestamp
    let endpointURL: String
    /// The parsed endpoint URL; `nil` if an earlier version stored a URL that is not valid any more.
    let endpoint: EndpointURL?
    var secretKey: String?
    var payload: [UInt8]
    /// The fault rule that applies to this attempt, with its effect.
    var fault: FaultPlan.Hit?
    /// The instant at which the fault began to delay the attempt.
    var heldSince: Timestamp?

    var deliveryFault: DeliveryFault? {
        if case .delivery(let fault)? = fault?.effect.action { fault } else { nil }
    }

    /// The header fields of an attempt (docs/api.md, Delivery).
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
