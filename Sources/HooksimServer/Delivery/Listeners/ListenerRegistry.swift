import NIOCore
import NIOHTTP1
import NIOPosix
import ServiceLifecycle
import StrictJSON
import Synchronization
import Webhooks

/// The connected listeners: receivers that get their deliveries over a connection that they have opened, and need not
/// be reachable.
///
/// The registry bounds the listeners, the attempts that wait for them and what is encoded ahead for each. The attempts
/// themselves are held by the worker, as those to any receiver are.
final class ListenerRegistry: Service {
    /// The connection of a listener, as seen by the response that carries it.
    struct Connection: Sendable {
        let number: Int
        let chunks: AsyncStream<ByteBuffer>
    }

    /// The response of a listener to a delivery.
    struct Response: Sendable {
        let status: Int
        let headers: [(name: String, value: String)]
        let body: [UInt8]
    }

    private struct State {
        var listeners: [Int: ConnectedListener] = [:]
        var connections: [ListenerID: Int] = [:]
        var lastConnection = 0
        var lastAttempt = 0
        var waiting = 0
        /// Whether the simulator stops, so that no listener can connect any more.
        var isStopping = false
    }

    /// The maximum number of connected listeners.
    static let maxListeners = 256
    /// The maximum number of attempts that wait for all listeners.
    static let maxWaiting = 20_000
    private static let heartbeat = Duration.seconds(10)

    /// The pause before an attempt looks again for a listener that may still connect.
    private static let pause = TimeAmount.milliseconds(50)

    private let clock: SimulatedClock
    /// The instant until which a listener of an earlier run may connect again.
    private let endOfGrace: NIODeadline
    private let state = Mutex(State())
    private let loop: any EventLoop = MultiThreadedEventLoopGroup.singleton.next()
    /// The signal that subscriptions have ended.
    private let endings = ChangeSignal()

    /// Creates a registry without listeners.
    ///
    /// - Parameter grace: The real time for which attempts wait for a listener that is not connected, because it may be
    ///   connecting again after a restart.
    init(clock: SimulatedClock, grace: TimeAmount) {
        self.clock = clock
        endOfGrace = .now() + grace
    }

    // MARK: Connections

    /// Connects a listener. An earlier connection with the same id ends, since it may be a dead one that has not been
    /// noticed.
    ///
    /// - Throws: an ``APIError`` of 409 if there are too many listeners, or of 503 if the simulator stops.
    func connect(_ id: ListenerID, endpointURL: String) throws -> Connection {
        let (chunks, continuation) = AsyncStream<ByteBuffer>.makeStream()
        let earlier = state.withLock { state in
            let earlier = state.connections[id]
            if let earlier { state.listeners[earlier]?.send("replaced") { _ in } }
            return earlier
        }
        if let earlier { disconnect(earlier) }
        return try state.withLock { state in
            guard !state.isStopping else { throw APIError.serviceUnavailable("the simulator is stopping") }
            guard state.listeners.count < Self.maxListeners else {
                throw APIError.conflict(
                    "there are \(Self.maxListeners) listeners already; end one of them, and try again")
            }
            state.lastConnection += 1
            var listener = ConnectedListener(id: id, endpointURL: endpointURL, chunks: continuation)
            listener.send("listener") { writer in
                writer.name("id")
                writer.string(id.description)
                writer.name("endpoint_url")
                writer.string(endpointURL)
            }
            state.listeners[state.lastConnection] = listener
            state.connections[id] = state.lastConnection
            return Connection(number: state.lastConnection, chunks: chunks)
        }
    }

    /// Records that a connection has written a number of bytes.
    func acknowledge(_ bytes: Int, of connection: Int) {
        state.withLock { $0.listeners[connection]?.acknowledge(bytes) }
    }

    /// Ends a connection. The attempts that wait for its listener fail at once.
    func disconnect(_ connection: Int) {
        for attempt in remove(connection) {
            attempt.completion(ReceiverResponse(result: AttemptResult(failure: .listenerDisconnected)))
        }
    }

    /// Ends all connections because the simulator stops. The attempts that wait are not failed: the next start sends
    /// them again, as it does with those to any receiver that has not responded.
    func stop() {
        let connections = state.withLock { state in
            state.isStopping = true
            return Array(state.listeners.keys)
        }
        for connection in connections { _ = remove(connection) }
    }

    private func remove(_ connection: Int) -> [ConnectedListener.Waiting] {
        state.withLock { state in
            guard let listener = state.listeners.removeValue(forKey: connection) else { return [] }
            if state.connections[listener.id] == connection { state.connections[listener.id] = nil }
            state.waiting -= listener.waiting.count
            listener.chunks.finish()
            for attempt in listener.waiting.values { attempt.timer.cancel() }
            return listener.waiting.sorted { $0.key < $1.key }.map(\.value)
        }
    }

    /// The connected listeners with the URLs of their endpoints, the oldest connection first.
    var connected: [(id: ListenerID, endpointURL: String)] {
        state.withLock { state in
            state.listeners.sorted { $0.key < $1.key }.map { ($0.value.id, $0.value.endpointURL) }
        }
    }

    // MARK: Attempts

    /// Hands an attempt to a listener.
    ///
    /// - Parameters:
    ///   - timeout: The real time until the response.
    ///   - completion: A closure that is called once, on any thread.
    func send(
        _ delivery: OutgoingDelivery, to id: ListenerID?, timeout: TimeSpan,
        completion: @escaping @Sendable (ReceiverResponse) -> Void
    ) {
        let failure: AttemptFailure? = state.withLock { state in
            guard let connection = id.flatMap({ state.connections[$0] }) else { return .noListener }
            guard state.waiting < Self.maxWaiting else { return .other("too many deliveries wait for listeners") }
            state.lastAttempt += 1
            state.waiting += 1
            let number = state.lastAttempt
            let timer = loop.scheduleTask(in: .milliseconds(timeout.milliseconds)) { [self] in
                _ = end(number, of: connection, isAbandoned: true) { _ in
                    ReceiverResponse(result: AttemptResult(failure: .responseTimeout(within: timeout)))
                }
            }
            state.listeners[connection]?.add(
                .init(delivery: delivery, timeout: timeout, timer: timer, completion: completion), number: number)
            return nil
        }
        guard let failure else { return }
        if failure == .noListener, NIODeadline.now() < endOfGrace {
            loop.scheduleTask(in: Self.pause) { [self] in
                send(delivery, to: id, timeout: timeout, completion: completion)
            }
            return
        }
        completion(ReceiverResponse(result: AttemptResult(failure: failure)))
    }

    /// Ends an attempt with the response of its listener.
    ///
    /// - Returns: `false` if the attempt does not wait for a response of this listener, or not any more.
    func respond(_ response: Response, to number: Int, of id: ListenerID) -> Bool {
        guard let connection = state.withLock({ $0.connections[id] }) else { return false }
        return end(number, of: connection, isAbandoned: false) { _ in
            var received = ReceiverResponse(result: AttemptResult())
            received.take(
                status: HTTPResponseStatus(statusCode: response.status), headers: HTTPHeaders(response.headers),
                at: clock.now)
            _ = received.take(ByteBuffer(bytes: response.body))
            return received
        }
    }

    private func end(
        _ number: Int, of connection: Int, isAbandoned: Bool,
        _ response: (ConnectedListener.Waiting) -> ReceiverResponse
    ) -> Bool {
        let attempt = state.withLock { state in
            let attempt = state.listeners[connection]?.remove(number, isAbandoned: isAbandoned)
            if attempt != nil { state.waiting -= 1 }
            return attempt
        }
        guard let attempt else { return false }
        attempt.completion(response(attempt))
        return true
    }

    // MARK: Messages

    /// Informs the listeners that subscriptions have ended, which may be theirs.
    func subscriptionsEnded() { endings.notify() }

    /// Sends heartbeats, by which a listener notices a dead connection, and informs of subscriptions that have ended.
    func run() async throws {
        await withGracefulShutdownHandler {
            await withDiscardingTaskGroup { group in
                group.addTask {
                    while !Task.isCancelled, !Task.isShuttingDownGracefully {
                        await cancelWhenGracefulShutdown { try? await Task.sleep(for: Self.heartbeat) }
                        self.sendToAll("heartbeat", ifIdle: true)
                    }
                }
                group.addTask {
                    while !Task.isCancelled, !Task.isShuttingDownGracefully {
                        let version = self.endings.version
                        await cancelWhenGracefulShutdown { await self.endings.wait(after: version) }
                        self.sendToAll("changed", ifIdle: false)
                    }
                }
            }
        } onGracefulShutdown: {
            self.stop()
        }
    }

    private func sendToAll(_ event: String, ifIdle: Bool) {
        state.withLock { state in
            for connection in state.listeners.keys where !ifIdle || state.listeners[connection]?.isIdle == true {
                state.listeners[connection]?.send(event) { _ in }
            }
        }
    }
}
