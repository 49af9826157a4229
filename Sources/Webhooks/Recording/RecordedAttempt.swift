/// What a receiver did with one attempt, as far as a scripted receiver can do it again.
package struct RecordedAttempt: Sendable {
    package enum Response: Sendable, Hashable {
        case status(Int, retryAfter: String?)
        case hang, reset

        /// In the terms of a receiver's `respond`.
        var json: JSON {
            switch self {
            case .status(let status, nil): .number(status)
            case .status(let status, let retryAfter?):
                ["status": .number(status), "headers": ["Retry-After": .string(retryAfter)]]
            case .hang: "hang"
            case .reset: "reset"
            }
        }
    }

    package let endpointURL: String
    package let topic: String
    package let entityID: String
    package let eventID: String
    package let attempt: Int
    package let isDelivered: Bool
    /// `nil` when a fault kept the attempt from the receiver.
    package let response: Response?

    package init(
        endpointURL: String, topic: String, entityID: String, eventID: String, attempt: Int, isDelivered: Bool,
        response: Response?
    ) {
        self.endpointURL = endpointURL
        self.topic = topic
        self.entityID = entityID
        self.eventID = eventID
        self.attempt = attempt
        self.isDelivered = isDelivered
        self.response = response
    }
}
