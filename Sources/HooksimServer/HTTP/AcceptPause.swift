import Logging
import NIOCore

/// Pauses a listening channel when a connection can't be accepted, which is usually because the process can't open
/// another file. Connections then wait in the backlog of the system.
///
/// Without this handler, the error would end the server. `AcceptBackoffHandler` does not suffice: the read that failed
/// remains requested, so that the event loop would try it again at once.
final class AcceptPause: ChannelDuplexHandler {
    typealias InboundIn = any Channel
    typealias OutboundIn = any Channel

    private static let pause = TimeAmount.milliseconds(200)
    private static let warningInterval = TimeAmount.minutes(1)

    private let logger: Logger
    private var isPaused = false
    /// The instant before which no further warning is logged.
    private var quietUntil = NIODeadline.uptimeNanoseconds(0)

    init(logger: Logger) { self.logger = logger }

    func read(context: ChannelHandlerContext) {
        // The end of the pause requests the next read.
        if !isPaused { context.read() }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard error is IOError, let options = context.channel.syncOptions else { return context.fireErrorCaught(error) }
        warn(of: error)
        guard !isPaused else { return }
        isPaused = true
        do {
            // The read that failed remains requested until this option becomes false.
            try options.setOption(.autoRead, value: false)
        } catch {
            return context.fireErrorCaught(error)
        }
        context.eventLoop.assumeIsolated().scheduleTask(in: Self.pause) {
            self.isPaused = false
            try? options.setOption(.autoRead, value: true)
        }
    }

    private func warn(of error: any Error) {
        guard quietUntil <= .now() else { return }
        quietUntil = .now() + Self.warningInterval
        logger.warning(
            "a connection can't be accepted, and waits until it can (see ulimit -n)", metadata: ["error": "\(error)"])
    }
}

extension Channel {
    /// Adds an ``AcceptPause`` to a listening channel.
    func addAcceptPause(logger: Logger) async throws {
        try await eventLoop.submit {
            try self.pipeline.syncOperations.addHandler(AcceptPause(logger: logger), position: .first)
        }.get()
    }
}
