import NIOCore
import ServiceLifecycle

/// Notices that the client of a connection has gone, or will send nothing more, while its request is being responded to.
final class ClientDeparture: ChannelInboundHandler {
    typealias InboundIn = Any

    private let departed: EventLoopPromise<Void>

    init(eventLoop: any EventLoop) { departed = eventLoop.makePromise() }

    var future: EventLoopFuture<Void> { departed.futureResult }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .some(.inputClosed) = event as? ChannelEvent { departed.succeed() }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        departed.succeed()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { departed.succeed() }
}

extension Channel {
    /// Runs what takes long, and cancels it when the client disconnects or the server begins to shut down; returns what it returns then.
    func whileClientIsConnected<Value: Sendable>(
        _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let task = Task { try await body() }
        let pipeline = pipeline
        eventLoop.execute {
            // A connection without the handler is one of a test.
            guard let handler = try? pipeline.syncOperations.handler(type: ClientDeparture.self) else { return }
            handler.future.whenComplete { _ in task.cancel() }
        }
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
}
