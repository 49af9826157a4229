/// What a fault is aimed at.
package enum FaultTarget: String, Sendable, CaseIterable {
    /// The five endpoints.
    case api
    case token, delivery
}

/// Which calls or deliveries a rule is about; what is `nil` matches everything.
package struct FaultMatch: Sendable, Equatable {
    package var clientID: String?
    // Calls
    package var method: String?
    package var path: PathPattern?
    package var operation: Operation?
    // Deliveries
    package var topic: Topic?
    package var endpointURL: String?
    package var entityID: String?
    package var attempt: Int?
}

/// A fault on demand (docs/faults.md, Rules).
package struct FaultRule: Sendable {
    package struct Effect: Sendable {
        /// The name of its definition.
        package let name: String
        package let action: Action
    }

    package enum Action: Sendable {
        case request(APIFault)
        case delivery(DeliveryFault)
    }

    package var target: FaultTarget
    package var match = FaultMatch()
    package var effect: Effect
    /// 0…1: how likely it hits what it matches.
    package var probability = 1.0
    /// How many matches pass before it begins.
    package var skip = 0
    /// How often it hits; `nil` is without end.
    package var times: Int?
    /// How long it lives; `nil` is until it is removed.
    package var lifetime: TimeSpan?
    /// The rule as it was given, for whoever lists it.
    package var source: JSONObject
}

/// A call of the simulated API, as faults see it.
package struct FaultableRequest: Sendable {
    package let operation: Operation
    package let method: String
    package let path: String
    package let clientID: String?
    package let hasCursor: Bool

    package init(operation: Operation, method: String, path: String, clientID: String?, hasCursor: Bool) {
        self.operation = operation
        self.method = method
        self.path = path
        self.clientID = clientID
        self.hasCursor = hasCursor
    }
}

/// An attempt that is about to be made, as faults see it.
package struct FaultableDelivery: Sendable {
    package let topic: Topic
    package let endpointURL: String
    package let clientID: String
    package let entityID: String
    package let attempt: Int
    package let ticket: Int

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
        // A cursor can be stale only where there is one.
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
