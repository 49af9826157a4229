package import StrictJSON

/// The target of a fault rule.
package enum FaultTarget: String, Sendable, CaseIterable {
    /// Requests to the five endpoints of the simulated API, without the token endpoint.
    case api
    case token, delivery
}

/// The requests or deliveries that a rule matches; a condition that is `nil` matches all of them.
package struct FaultMatch: Sendable, Equatable {
    /// The client that sends the request, or that owns the event.
    package var clientID: String?
    // Conditions of requests
    /// The method of the request.
    package var method: String?
    /// The path of the request.
    package var path: PathPattern?
    /// The operation of the request.
    package var operation: Operation?
    // Conditions of deliveries
    /// The topic of the event.
    package var topic: Topic?
    /// The URL to which the event is delivered.
    package var endpointURL: String?
    /// The id of the object that the event is about.
    package var entityID: String?
    /// The number of the attempt, counted from 1.
    package var attempt: Int?
}

/// A fault rule: its target, its conditions and its effect (docs/faults.md, Rules).
package struct FaultRule: Sendable {
    /// The effect of a rule.
    package struct Effect: Sendable {
        /// The name of the effect's definition.
        package let name: String
        /// The fault that the effect leads to.
        package let action: Action
    }

    /// A fault of a request or of a delivery.
    package enum Action: Sendable {
        case request(APIFault)
        case delivery(DeliveryFault)
    }

    /// The target of the rule.
    package var target: FaultTarget
    /// The conditions of the rule.
    package var match = FaultMatch()
    /// The effect of the rule.
    package var effect: Effect
    /// The probability with which the rule is applied to a match, 0…1.
    package var probability = 1.0
    /// The number of matches that pass before the rule is applied.
    package var skip = 0
    /// The number of times that the rule is applied; `nil` is without limit.
    package var times: Int?
    /// The virtual time for which the rule exists; `nil` is until it is removed.
    package var lifetime: TimeSpan?
    /// The rule as it was given, for lists of rules.
    package var source: JSONObject
}

/// The properties of a request to the simulated API that fault rules match.
package struct FaultableRequest: Sendable {
    /// The operation.
    package let operation: Operation
    /// The method.
    package let method: String
    /// The path, without the query.
    package let path: String
    /// The client that sends the request; `nil` if it is unknown.
    package let clientID: String?
    /// Whether the query has a cursor.
    package let hasCursor: Bool

    /// Creates the properties of a request.
    package init(operation: Operation, method: String, path: String, clientID: String?, hasCursor: Bool) {
        self.operation = operation
        self.method = method
        self.path = path
        self.clientID = clientID
        self.hasCursor = hasCursor
    }
}

/// The properties of a planned attempt that fault rules match.
package struct FaultableDelivery: Sendable {
    /// The topic of the event.
    package let topic: Topic
    /// The URL to which the event is delivered.
    package let endpointURL: String
    /// The client that owns the event.
    package let clientID: String
    /// The id of the object that the event is about.
    package let entityID: String
    /// The number of the attempt, counted from 1.
    package let attempt: Int
    /// The ticket of the event's current round, which is a key of the rule's random numbers.
    package let ticket: Int

    /// Creates the properties of an attempt.
    package init(topic: Topic, endpointURL: String, clientID: String, entityID: String, attempt: Int, ticket: Int) {
        self.topic = topic
        self.endpointURL = endpointURL
        self.clientID = clientID
        self.entityID = entityID
        self.attempt = attempt
        self.ticket = ticket
    }
}

extension FaultRule {
    func matches(_ request: FaultableRequest) -> Bool {
        guard target == request.operation.target else { return false }
        // A rule that refuses the cursor matches only requests that have one.
        if case .request(.refuseCursor) = effect.action, !request.hasCursor { return false }
        return (match.clientID ?? request.clientID) == request.clientID
            && (match.operation ?? request.operation) == request.operation
            && (match.method ?? request.method) == request.method && match.path?.matches(request.path) ?? true
    }

    func matches(_ delivery: FaultableDelivery) -> Bool {
        target == .delivery && (match.clientID ?? delivery.clientID) == delivery.clientID
            && (match.topic ?? delivery.topic) == delivery.topic
            && (match.endpointURL ?? delivery.endpointURL) == delivery.endpointURL
            && (match.entityID ?? delivery.entityID) == delivery.entityID
            && (match.attempt ?? delivery.attempt) == delivery.attempt
    }
}
