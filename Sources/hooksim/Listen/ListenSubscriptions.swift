import HooksimClient
import Synchronization
import Webhooks

/// The subscriptions of one `hooksim listen`: creates them, notices that they are lost, and ends them.
final class ListenSubscriptions: Sendable {
    private struct State {
        /// The ids of the subscriptions, by topic.
        var ids: [Topic: String] = [:]
        /// Whether subscriptions are being created, of which one may be there that is not known yet.
        var isRestoring = false
        /// Whether all topics have been subscribed to once.
        var isComplete = false
        /// Whether the command ends, so that nothing is subscribed any more.
        var isEnding = false
    }

    let topics: [Topic]
    private let client: ControlClient
    private let api: WebhooksClient
    private let secretKey: String?
    /// Whether the endpoint is the simulator's, and all subscriptions at it belong to this listener.
    private let ownsEndpoint: Bool
    /// The subscriptions of others at the same endpoint, which are left alone.
    private let foreign = Mutex<Set<String>>([])
    private let state = Mutex(State())

    init(
        topics: [Topic], client: ControlClient, api: WebhooksClient, secretKey: String?, ownsEndpoint: Bool
    ) {
        self.topics = topics
        self.client = client
        self.api = api
        self.secretKey = secretKey
        self.ownsEndpoint = ownsEndpoint
    }

    /// The ids of the subscriptions.
    var ids: [String] { state.withLock { Array($0.ids.values) } }

    /// Notes the subscriptions that exist before the first one is created.
    func noteForeign(_ listener: Listener) async throws {
        guard !ownsEndpoint else { return }
        let found = try await client.listener(listener.id).subscriptions.map(\.id)
        foreign.withLock { $0 = Set(found) }
    }

    /// Subscribes to each topic without an active subscription, and says which were lost. It waits as long as the
    /// API refuses requests for a while.
    func restore(at listener: Listener) async throws {
        state.withLock { $0.isRestoring = true }
        var said: Set<Topic> = []
        while !state.withLock({ $0.isEnding }) {
            let lost = try await lostTopics(at: listener)
            if lost.isEmpty { break }
            let news = state.withLock { $0.isComplete } ? lost.filter { said.insert($0).inserted } : []
            if !news.isEmpty {
                ListenNotice.write(
                    "\(ListenNotice.subscriptions(news)) ended, by a reset, a restart, a removal or a response of 410; subscribing again"
                )
            }
            for topic in lost {
                guard try await subscribe(to: topic, at: listener) else { break }
            }
        }
        state.withLock { state in
            // If the command ends, a subscription may have been created just now.
            guard !state.isEnding else { return }
            state.isComplete = true
            state.isRestoring = false
        }
    }

    /// Returns the topics without an active subscription. One whose creation seemed to fail counts if it exists, and a
    /// second one to the same topic is ended.
    private func lostTopics(at listener: Listener) async throws -> [Topic] {
        var found: [Topic: String] = [:]
        for subscription in try await client.listener(listener.id).subscriptions where isOwn(subscription) {
            guard topics.contains(subscription.topic), found[subscription.topic] == nil else {
                _ = try? await client.endSubscription(subscription.id)
                continue
            }
            found[subscription.topic] = subscription.id
        }
        return state.withLock { state in
            state.ids = found
            return topics.filter { found[$0] == nil }
        }
    }

    private func isOwn(_ subscription: ListenerDescription.Subscription) -> Bool {
        subscription.clientID == api.clientID && !foreign.withLock { $0.contains(subscription.id) }
    }

    /// Subscribes to a topic. Returns `false` if the request failed for a reason that may pass, after a wait.
    private func subscribe(to topic: Topic, at listener: Listener) async throws -> Bool {
        do {
            let id = try await api.subscribe(to: topic, at: listener.endpointURL, secretKey: secretKey).id
            state.withLock { $0.ids[topic] = id }
            return true
        } catch let error as HooksimError {
            guard let wait = error.wait else { throw failure(error) }
            ListenNotice.writeOnce("the API refuses to subscribe for now (\(error.reason)); waiting, ^C ends it")
            try await Task.sleep(for: wait)
            return false
        }
    }

    private func failure(_ error: HooksimError) -> any Error {
        guard case .refused(let refusal) = error else { return error }
        if let problem = refusal.validationErrors["secret_key"] {
            return CommandFailure(description: "--secret-key \(problem)", status: 2)
        }
        if refusal.request == "POST /oauth/token" {
            return CommandFailure(
                description: "the simulator has no client \(api.clientID) with this secret; correct --client-id and "
                    + "--client-secret")
        }
        guard !ownsEndpoint, let problem = refusal.validationErrors["endpoint_url"] else { return error }
        return CommandFailure(
            description: "the simulator does not accept the URL of this receiver: endpoint_url \(problem); leave out "
                + "--port and --host to receive over the connection to the simulator, or give an https --public-url",
            status: 2)
    }

    /// Ends all subscriptions, within a second: also if the simulator does not respond any more.
    func end(_ listenerID: String?) async {
        state.withLock { $0.isEnding = true }
        await withTaskGroup { group in
            group.addTask { await self.endAll(listenerID) }
            group.addTask { try? await Task.sleep(for: .milliseconds(900)) }
            await group.next()
            group.cancelAll()
        }
    }

    private func endAll(_ listenerID: String?) async {
        guard state.withLock({ $0.isRestoring }), let listenerID else { return await end(Set(ids)) }
        // A subscription whose creation was interrupted may be there only the second time.
        for _ in 0..<2 {
            let found = try? await client.listener(listenerID).subscriptions
            let own = found?.filter(isOwn).map(\.id) ?? ids
            if own.isEmpty { return }
            await end(Set(own))
        }
    }

    private func end(_ ids: Set<String>) async {
        await withTaskGroup { group in
            for id in ids {
                group.addTask { [client] in _ = try? await client.endSubscription(id) }
            }
        }
    }
}

extension HooksimError {
    /// The time after which the same request may succeed; `nil` if it never will.
    var wait: Duration? {
        switch self {
        case .refused(let refusal) where refusal.status == 429 || refusal.status == 503:
            max(refusal.retryAfter ?? .seconds(1), .milliseconds(100))
        // A fault may have damaged the response, or have expired the token.
        case .refused(let refusal) where refusal.status >= 500 || [401, 408, 425].contains(refusal.status):
            .milliseconds(500)
        case .notReachable, .otherService, .unexpectedResponse: .milliseconds(500)
        case .refused, .expectationNotMet: nil
        }
    }

    /// The reason in a few words.
    var reason: String {
        switch self {
        case .refused(let refusal): refusal.message
        case .notReachable(_, let reason): reason.description
        case .otherService(_, _, let status): "a response of \(status) that is not JSON"
        case .unexpectedResponse(_, let problem): problem
        case .expectationNotMet: "an expectation is not met"
        }
    }
}

/// The messages of `hooksim listen` for people, on standard error.
enum ListenNotice {
    private static let written = Mutex<Set<String>>([])

    static func write(_ text: String) { Terminal.write("hooksim: \(Terminal.sanitized(text))\n", to: .standardError) }

    /// Writes a message that was not written before.
    static func writeOnce(_ text: String) {
        if written.withLock({ $0.insert(text).inserted }) { write(text) }
    }

    /// Returns the subject of a sentence about the subscriptions to some topics.
    static func subscriptions(_ topics: [Topic]) -> String {
        topics.count == 1 ? "the subscription to \(topics[0].rawValue)" : "the subscriptions to \(topics.count) topics"
    }
}
