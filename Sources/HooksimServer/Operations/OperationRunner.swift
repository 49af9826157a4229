import Webhooks

/// Runs operations so that each may overlap with any other, and applies their effects.
///
/// An operation that ends a part of the simulator's history, which is a reset or the removal of a partner, runs
/// exclusively: earlier operations have ended with all their effects, and later ones find nothing of that history. All
/// others run concurrently, and the store's transactions order them.
struct OperationRunner: Sendable {
    let partners: PartnerRegistry
    let worker: DeliveryWorker
    let feed: LiveFeed
    private let lock = OperationLock()

    /// Runs an operation concurrently with others.
    ///
    /// - Parameter operation: a closure that must not wait for anything but the store.
    func run<Value>(_ operation: () async throws -> (Value, OperationEffects)) async throws -> Value {
        try await lock.shared {
            let (value, effects) = try await operation()
            await apply(effects)
            return value
        }
    }

    /// Runs an operation of a client concurrently with others.
    ///
    /// - Throws: an ``APIError`` of 401 if the client's partner was removed or emptied after the client was
    ///   authenticated, which ended its token.
    func run<Value>(
        for client: AuthenticatedClient, _ operation: () async throws -> (Value, OperationEffects)
    ) async throws -> Value {
        try await run {
            guard partners.isCurrent(client.partner) else { throw APIError.tokenInvalid() }
            return try await operation()
        }
    }

    /// Runs an operation exclusively, since it ends state on which others rely.
    func runAlone<Value>(_ operation: () async throws -> Value) async rethrows -> Value {
        try await lock.exclusive(operation)
    }

    private func apply(_ effects: OperationEffects) async {
        // Events are published before anything is sent, so that no subscriber receives an attempt before its event.
        for event in effects.createdEvents {
            feed.publishEvent(
                event.id, topic: event.topic, entityID: event.entityID, clientID: event.clientID, status: .pending,
                at: event.createdAt)
        }
        if let due = effects.due { worker.wake(effects.dueSubscriptions, at: due) }
        if effects.isWorkerWoken { worker.wake() }
        if !effects.removedRules.isEmpty { worker.release(rules: effects.removedRules) }
        if !effects.closedSubscriptions.isEmpty {
            worker.close(effects.closedSubscriptions)
            await worker.finishClaim()
        }
    }
}

/// The changes of an operation of which the delivery worker and the live feed are notified.
struct OperationEffects: Sendable {
    /// An event that the live feed announces.
    struct CreatedEvent: Sendable {
        let id: Identifier
        let topic: Topic
        let entityID: String
        let clientID: String
        let createdAt: Timestamp
    }

    static let none = OperationEffects()

    var createdEvents: [CreatedEvent] = []
    /// The row numbers of the subscriptions with deliveries to send, the first of which is due at ``due``.
    var dueSubscriptions: [Int] = []
    var due: Timestamp?
    /// The row numbers of the subscriptions whose deliveries have ended.
    var closedSubscriptions: [Int] = []
    /// The ids of removed fault rules, which no longer delay deliveries.
    var removedRules: [String] = []
    /// Whether the worker has to look for due deliveries that it does not know of.
    var isWorkerWoken = false
}
