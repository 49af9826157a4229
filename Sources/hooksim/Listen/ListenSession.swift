import HooksimClient
import Synchronization
import Webhooks

/// One run of `hooksim listen`: connects to the simulator, subscribes, responds to deliveries, connects again when the
/// connection is lost, and cleans up.
final class ListenSession: Sendable {
    private let client: ControlClient
    private let subscriptions: ListenSubscriptions
    private let handler: DeliveryHandler
    /// The URL of a receiver that listens on a port of its own; `nil` if deliveries come over the connection.
    private let endpointURL: String?
    private let earlier: EarlierListeners
    private let state = Mutex(State())

    private struct State {
        /// The id with which to connect again.
        var id: String?
        /// Whether the command has said that it listens.
        var isAnnounced = false
        var hasEnded = false
    }

    /// The time without a message after which a connection counts as lost; the simulator sends one every ten seconds.
    private static let patience = Duration.seconds(35)
    /// The time within which a simulator accepts a connection.
    private static let connectTimeout = Duration.seconds(20)

    init(
        client: ControlClient, subscriptions: ListenSubscriptions, handler: DeliveryHandler, endpointURL: String?,
        earlier: EarlierListeners
    ) {
        self.client = client
        self.subscriptions = subscriptions
        self.handler = handler
        self.endpointURL = endpointURL
        self.earlier = earlier
    }

    /// Runs until the task is cancelled or the output is closed.
    ///
    /// - Throws: ``HooksimError``, ``CommandFailure`` or ``OutputError`` if it can't go on.
    func run() async throws {
        let work = Task { try await follow() }
        let result = await withTaskCancellationHandler {
            await work.result
        } onCancel: {
            // The subscriptions end before the connection, so that no attempt fails in between.
            Task {
                await self.end()
                work.cancel()
            }
        }
        // The task may be cancelled, in which no request would be sent.
        await Task { await end() }.value
        handler.abandonAll()
        try Task.checkCancellation()
        try result.get()
    }

    private func end() async {
        let (isFirst, id) = state.withLock { state in
            defer { state.hasEnded = true }
            return (!state.hasEnded, state.id)
        }
        if isFirst { await subscriptions.end(id) }
    }

    private func follow() async throws {
        try await withThrowingTaskGroup { group in
            group.addTask { try await self.handler.outputFailure() }
            group.addTask { try await self.serveAgainAndAgain() }
            try await group.next()
            group.cancelAll()
        }
    }

    private func serveAgainAndAgain() async throws {
        var listener = try await connectFirst()
        while !Task.isCancelled {
            try await serve(listener)
            handler.abandonAll()
            guard !Task.isCancelled, !state.withLock({ $0.hasEnded }) else { return }
            ListenNotice.write("the connection to \(client.url) is lost; connecting again, ^C ends it")
            listener = try await connectAgain()
            ListenNotice.write("connected to \(client.url) again")
        }
    }

    // MARK: Connecting

    private func connectFirst() async throws -> Listener {
        while true {
            do {
                let id = try await earlier.end()
                let listener = try await connect(id)
                state.withLock { $0.id = listener.id }
                try await subscriptions.noteForeign(listener)
                return listener
            } catch HooksimError.refused(let refusal) where [429, 503].contains(refusal.status) {
                ListenNotice.writeOnce("the simulator refuses the connection for now (\(refusal.message)); waiting")
                try await Task.sleep(for: refusal.retryAfter ?? .seconds(1))
            }
        }
    }

    private func connectAgain() async throws -> Listener {
        var pause = Duration.milliseconds(250)
        while true {
            do { return try await connect(state.withLock { $0.id }) } catch let error as HooksimError {
                // A wrong admin token does not become right.
                if case .refused(let refusal) = error, refusal.status == 401 { throw error }
                guard let wait = error.wait else { throw error }
                try await Task.sleep(for: max(pause, error.isRefusal ? wait : .zero))
                pause = min(pause * 2, .seconds(1))
            }
        }
    }

    private func connect(_ id: String?) async throws -> Listener {
        try await withThrowingTaskGroup { [client, endpointURL] group in
            group.addTask { try await client.openListener(id: id, endpointURL: endpointURL) }
            group.addTask {
                try await Task.sleep(for: Self.connectTimeout)
                throw HooksimError.notReachable(url: client.url, reason: .timedOut)
            }
            defer { group.cancelAll() }
            guard let listener = try await group.next() else { throw CancellationError() }
            return listener
        }
    }

    // MARK: Serving

    /// Responds to deliveries and keeps the subscriptions, until the connection is lost.
    private func serve(_ listener: Listener) async throws {
        let changes = ChangeSignal()
        let lastMessage = LastMessage()
        do {
            try await withThrowingTaskGroup { group in
                group.addTask { try await self.receive(listener, changes, lastMessage) }
                group.addTask { try await self.keepSubscribed(listener, changes) }
                group.addTask { try await lastMessage.waitForSilence(Self.patience) }
                defer { group.cancelAll() }
                try await group.next()
            }
        } catch let error as HooksimError where error.wait != nil && !error.isWrongToken {
            // What keeps the subscriptions may notice earlier than the connection that it is lost.
        }
    }

    private func receive(_ listener: Listener, _ changes: ChangeSignal, _ last: LastMessage) async throws {
        for try await message in listener {
            last.note()
            switch message {
            case .delivery(let delivery): handler.begin(delivery, of: listener.id, client)
            case .abandoned(let number): handler.abandon(number)
            case .changed: changes.notify()
            case .replaced:
                throw CommandFailure(description: "another hooksim listen has taken over the subscriptions of this one")
            case .heartbeat: break
            }
        }
    }

    private func keepSubscribed(_ listener: Listener, _ changes: ChangeSignal) async throws {
        while !Task.isCancelled {
            let version = changes.version
            try await subscriptions.restore(at: listener)
            if !state.withLock({ $0.isAnnounced }) {
                try await earlier.deliverAgain(subscriptions.ids)
                announce(listener)
            }
            await changes.wait(after: version)
        }
    }

    private func announce(_ listener: Listener) {
        state.withLock { $0.isAnnounced = true }
        let topics = subscriptions.topics
        let what = topics.count == 1 ? topics[0].rawValue : "\(topics.count) topics"
        let place = endpointURL ?? "the connection to \(client.url)"
        Terminal.write("listening on \(place) for \(what); ^C ends it\n", to: .standardError)
    }
}

/// The instant of the last message on a connection.
private final class LastMessage: Sendable {
    private let instant = Mutex(ContinuousClock.now)

    func note() { instant.withLock { $0 = .now } }

    /// Returns once there has been no message for a time, in which the machine may have slept.
    func waitForSilence(_ patience: Duration) async throws {
        while ContinuousClock.now - instant.withLock({ $0 }) < patience { try await Task.sleep(for: .seconds(1)) }
    }
}

extension HooksimError {
    fileprivate var isRefusal: Bool {
        if case .refused = self { true } else { false }
    }

    fileprivate var isWrongToken: Bool {
        if case .refused(let refusal) = self { refusal.status == 401 } else { false }
    }
}
