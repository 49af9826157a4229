import StrictJSON
import Synchronization
public import Webhooks

/// A client of the simulated API, with which a test can send the requests of a partner's program.
///
/// ```swift
/// let api = hooksim.webhooks()
/// try await api.subscribe(to: .invoicePaid, at: "http://127.0.0.1:3000/hooks", secretKey: "s3cr3t-4242")
/// ```
///
/// The client fetches a token with its first request, and another one if that token is refused as expired. Every method
/// throws ``HooksimError``, or `CancellationError` if its task is cancelled.
public struct WebhooksClient: Sendable {
    /// The client's id.
    public let clientID: String

    private let clientSecret: String
    private let sender: RequestSender
    private let cache = TokenCache()

    /// The current token, which copies of a client share.
    private final class TokenCache: Sendable {
        let text = Mutex<String?>(nil)
    }

    /// Creates a client; nothing is sent yet.
    ///
    /// - Parameters:
    ///   - url: The simulator's address, for example `http://127.0.0.1:8080`.
    ///   - clientID: The client's id; without it, that of the default client.
    ///   - clientSecret: The client's secret.
    public init(url: String, clientID: String = "sandbox", clientSecret: String = "sandbox-secret") {
        self.init(ControlClient(url: url).sender, clientID: clientID, clientSecret: clientSecret)
    }

    init(_ sender: RequestSender, clientID: String, clientSecret: String) {
        self.sender = sender
        self.clientID = clientID
        self.clientSecret = clientSecret
    }

    /// Fetches a new token, which the client also uses for its later requests.
    ///
    /// - Parameter scopes: The requested scopes; without it, all scopes of the client.
    /// - Throws: ``HooksimError``; a refusal if the credentials are wrong.
    @discardableResult
    public func authenticate(scopes: Scope? = nil) async throws -> AccessToken {
        var body = JSONObject([
            ("grant_type", "client_credentials"), ("client_id", .string(clientID)),
            ("client_secret", .string(clientSecret)),
        ])
        body["scope"] = scopes.map { .string($0.names.joined(separator: " ")) }
        let token: AccessToken = try await sender.value(
            APIRequest(.post, "/oauth/token", body: .object(body)), token: nil)
        cache.text.withLock { $0 = token.text }
        return token
    }

    /// Creates a subscription.
    ///
    /// - Parameters:
    ///   - topic: The topic of the events.
    ///   - endpointURL: The URL to which they are delivered.
    ///   - secretKey: The bearer token of the deliveries, 1 to 512 visible ASCII characters; without it, none.
    /// - Throws: ``HooksimError``; a refusal that names each value that can't be accepted.
    @discardableResult
    public func subscribe(to topic: Topic, at endpointURL: String, secretKey: String? = nil) async throws
        -> Subscription
    {
        var body = JSONObject([("endpoint_url", .string(endpointURL)), ("topic", .string(topic.rawValue))])
        body["secret_key"] = secretKey.map(JSON.string)
        return try await value(APIRequest(.post, "/webhooks", body: .object(body)))
    }

    /// Returns a page of the client's subscriptions, newest first, including inactive ones.
    ///
    /// - Parameters:
    ///   - topic: Only subscriptions to this topic.
    ///   - isActive: Only active or only inactive subscriptions.
    ///   - page: The selection of the page; the first by default.
    /// - Throws: ``HooksimError``.
    public func subscriptions(topic: Topic? = nil, isActive: Bool? = nil, page: PageSelection = .first)
        async throws -> Page<Subscription>
    {
        var request = APIRequest(.get, "/webhooks")
        request.query = page.query + [("topic", topic?.rawValue), ("is_active", isActive.map(String.init))]
        return try await value(request)
    }

    /// Deletes a subscription: it becomes inactive, and its pending events fail.
    ///
    /// - Parameter id: The subscription's id.
    /// - Returns: The subscription, which is not active any more.
    /// - Throws: ``HooksimError``; a refusal if there is no such subscription, or if it was deleted before.
    @discardableResult
    public func deleteSubscription(_ id: String) async throws -> Subscription {
        try await value(APIRequest(.delete, "/webhooks/\(FormFields.encode(id))"))
    }

    /// Returns a page of the client's events, newest first.
    ///
    /// - Parameters:
    ///   - filter: The filter of the events; all by default.
    ///   - page: The selection of the page; the first by default.
    /// - Throws: ``HooksimError``.
    public func events(_ filter: EventFilter = EventFilter(), page: PageSelection = .first) async throws -> Page<Event>
    {
        var request = APIRequest(.get, "/webhooks/events")
        request.query = filter.query + page.query
        return try await value(request)
    }

    /// Delivers all failed events of active subscriptions again.
    ///
    /// - Returns: A message for people with the number of events.
    /// - Throws: ``HooksimError``.
    @discardableResult
    public func retryFailedEvents() async throws -> String {
        let request = APIRequest(.post, "/webhooks/retry")
        return try RequestSender.read(try await send(request), of: request) { try $0.string("message") }
    }

    private func value<Value: ResponseValue>(_ request: APIRequest) async throws -> Value {
        try RequestSender.read(try await send(request), of: request) { try Value($0) }
    }

    /// Sends a request with the current token, and once more with a new one if the current one has expired.
    private func send(_ request: APIRequest) async throws -> JSON {
        if let token = cache.text.withLock({ $0 }) {
            do {
                return try await sender.send(request, token: token)
            } catch HooksimError.refused(let refusal) where refusal.status == 401 {
                // The token has expired, or a reset has removed it.
            }
        }
        return try await sender.send(request, token: try await authenticate().text)
    }
}

extension WebhooksClient: CustomStringConvertible {
    /// The client's id without its secret.
    public var description: String { "the client \(clientID) of the simulated API at \(sender.url)" }
}
