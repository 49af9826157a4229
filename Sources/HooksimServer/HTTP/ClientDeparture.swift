import NIOCore
import ServiceLifecycle

/// A channel handler that detects that a client has disconnected or closed its output while its request is being
/// processed.
final class ClientDeparture: ChannelInboundHandler {
    typealias InboundIn = Any

    private var hasDeparted = false
    /// The closure to call for the request in progress, of which there is only one at a time.
    private var onDeparture: (@Sendable () -> Void)?

    /// Sets the closure to call once the client has departed; it is called at once if the client already has. `nil`
    /// removes the previous closure.
    func observe(_ onDeparture: (@Sendable () -> Void)?) {
        if hasDeparted { onDeparture?() } else { self.onDeparture = onDeparture }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .some(.inputClosed) = event as? ChannelEvent { depart() }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        depart()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { depart() }

    private func depart() {
        hasDeparted = true
        onDeparture?()
        onDeparture = nil
    }
}

extension Channel {
    /// Runs a lengthy operation, and cancels it if the client disconnects or the server begins to shut down. Returns
    /// the result of the operation, also after cancellation.
    func whileClientIsConnected<Value: Sendable>(
        _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let task = Task { try await body() }
        observeDeparture { task.cancel() }
        // A persistent connection must not retain what its requests captured.
        defer { observeDeparture(nil) }
        return try await withTaskCancellationHandler {
            try await withGracefulShutdownHandler {
                try await task.value
            } onGracefulShutdown: {
                task.cancel()
            }
        } onCancel: {
            task.cancel()
        }
    }

    /// Sets the closure to call once the client of the request in progress has departed; `nil` removes it.
    func observeDeparture(_ onDeparture: (@Sendable () -> Void)?) {
        let pipeline = pipeline
        eventLoop.execute {
            // The handler is missing only from the connections of tests.
            try? pipeline.syncOperations.handler(type: ClientDeparture.self).observe(onDeparture)
        }
    }
}
