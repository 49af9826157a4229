import Webhooks

/// Runs operations so that each may meet any other at any moment, and applies their effects.
///
/// What ends a part of the simulator's past, a reset or a partner's removal, runs alone: operations before it have ended with all their
/// effects, and those after it find nothing of the past. All others run side by side, and the store's transactions order them.
struct OperationRunner: Sendable {
    let partners: PartnerRegistry
    let worker: DeliveryWorker
    let feed: LiveFeed
    private let lock = OperationLock()

    /// Runs an operation beside others.
    ///
    /// - Parameter operation: it must not wait for anything but the store.
    func run<Value>(_ operation: () async throws -> (Value, OperationEffects)) async throws -> Value {
        try await lock.shared {
            let (value, effects) = try await operation()
            await apply(effects)
            return value
        }
    }

    /// Runs an operation of a client beside others.
    ///
    /// - Throws: an ``APIError`` of 401 when its partner was removed or emptied since the client was authenticated: its token ended then.
    func run<Value>(
        for client: AuthenticatedClient, _ operation: () async throws -> (Value, OperationEffects)
    ) async throws -> Value {
        try await run {
            guard partners.isCurrent(client.partner) else { throw APIError.tokenInvalid() }
            return try await operation()
        }
    }

    /// Runs an operation that ends what others rely on, once they have ended.
    func runAlone<Value>(_ operation: () async throws -> Value) async rethrows -> Value {
        try await lock.exclusive(operation)
    }

    private func apply(_ effects: OperationEffects) async {
        // Before anything is sent, so that no subscriber learns of an attempt before it learns of its event.
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

/// What an operation changed that others than the store must learn of.
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
    /// The subscriptions that have something to be sent, and when the first of it is due.
    var dueSubscriptions: [Int] = []
    var due: Timestamp?
    /// The subscriptions whose deliveries have ended.
    var closedSubscriptions: [Int] = []
    /// The fault rules that delay nothing any more.
    var removedRules: [String] = []
    /// Whether the worker may have more to do than it knows of.
    var isWorkerWoken = false
}
