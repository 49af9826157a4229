import NIOCore
import ServiceLifecycle

/// Notices that the client of a connection has gone, or will send nothing more, while its request is being responded to.
final class ClientDeparture: ChannelInboundHandler {
    typealias InboundIn = Any

    private var hasDeparted = false
    /// The request that is to learn of it; only one is responded to at a time.
    private var onDeparture: (@Sendable () -> Void)?

    /// Calls `onDeparture` once the client has gone, which may be at once; `nil` forgets the one before.
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
    /// Runs what takes long, and cancels it when the client disconnects or the server begins to shut down; returns what it returns then.
    func whileClientIsConnected<Value: Sendable>(
        _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let task = Task { try await body() }
        observeDeparture { task.cancel() }
        // A connection that is kept must not keep what its requests have done.
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

    private func observeDeparture(_ onDeparture: (@Sendable () -> Void)?) {
        let pipeline = pipeline
        eventLoop.execute {
            // A connection without the handler is one of a test.
            try? pipeline.syncOperations.handler(type: ClientDeparture.self).observe(onDeparture)
        }
    }
}
