package import StrictJSON

/// One attempt, with the response of the receiver as far as a scripted receiver can repeat it.
package struct RecordedAttempt: Sendable {
    /// The response of a receiver, or the way in which there was none.
    package enum Response: Sendable, Hashable {
        case status(Int, retryAfter: String?)
        case hang, reset

        /// The response as an element of a receiver's `respond`.
        package var json: JSON {
            switch self {
            case .status(let status, nil): .number(status)
            case .status(let status, let retryAfter?):
                ["status": .number(status), "headers": ["Retry-After": .string(retryAfter)]]
            case .hang: "hang"
            case .reset: "reset"
            }
        }
    }

    /// The URL to which the attempt was sent.
    package let endpointURL: String
    /// The topic of the event.
    package let topic: String
    /// The id of the object that the event is about.
    package let entityID: String
    /// The id of the event.
    package let eventID: String
    /// The number of the attempt, counted from 1.
    package let attempt: Int
    /// Whether the attempt delivered the event.
    package let isDelivered: Bool
    /// The response; `nil` if a fault kept the attempt from the receiver.
    package let response: Response?

    /// Creates an attempt.
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
