import Webhooks

/// One attempt that was claimed: all that sending and recording it needs.
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
    /// The same, taken apart; `nil` for one that a store has from before and that is not valid any more.
    let endpoint: EndpointURL?
    var secretKey: String?
    var payload: [UInt8]
    /// The rule that hit this attempt.
    var fault: FaultPlan.Hit?
    /// Since when the fault has held it back.
    var heldSince: Timestamp?

    var deliveryFault: DeliveryFault? {
        if case .delivery(let fault)? = fault?.effect.action { fault } else { nil }
    }

    /// What an attempt sends beside its body (docs/api.md, Delivery).
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
