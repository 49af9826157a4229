import FoundationEssentials
import NIOCore
import StrictJSON
public import Webhooks

/// A delivery that a listener has received, and that waits for a response.
public struct ListenerDelivery: Sendable {
    /// The number by which the delivery is responded to.
    public let number: Int
    /// The path and the query of the request.
    public let path: String
    /// The names and values of the headers, in their order.
    public let headers: [(name: String, value: String)]
    /// The body.
    public let body: [UInt8]
}

extension ListenerDelivery: ResponseValue {
    init(_ fields: ResponseFields) throws {
        number = try fields.integer("number")
        path = try fields.string("path")
        headers = try fields.value("headers", "an array of names and values") { json in
            json.array?.compactMap { pair in
                guard let pair = pair.array, pair.count == 2, let name = pair[0].string, let value = pair[1].string
                else { return nil }
                return (name, value)
            }
        }
        body = try fields.value("body", "bytes in base64") { json in
            json.string.flatMap { Data(base64Encoded: $0) }.map { Array($0) }
        }
    }
}

/// A listener that the simulator knows of.
public struct ListenerDescription: Sendable {
    /// An active subscription at the endpoint of a listener.
    public struct Subscription: Sendable {
        /// The subscription's id.
        public let id: String
        /// The topic of its events.
        public let topic: Topic
        /// The client that owns the subscription.
        public let clientID: String
        /// The last four characters of its secret; empty without a secret, and for a short one.
        public let secretLast4Digits: String
    }

    /// The listener's id.
    public let id: String
    /// The URL that its subscriptions have.
    public let endpointURL: String
    /// Whether it is connected; if not, attempts to reach it fail.
    public let isConnected: Bool
    /// The active subscriptions at its endpoint, of any client, oldest first.
    public let subscriptions: [Subscription]
    /// The row as it was received.
    public let json: JSON
}

extension ListenerDescription: ResponseValue {
    init(_ fields: ResponseFields) throws {
        id = try fields.string("id")
        endpointURL = try fields.string("endpoint_url")
        isConnected = try fields.bool("is_connected")
        subscriptions = try fields.rows("subscriptions")
        json = fields.json
    }
}

extension ListenerDescription.Subscription: ResponseValue {
    init(_ fields: ResponseFields) throws {
        id = try fields.string("id")
        topic = try fields.word("topic")
        clientID = try fields.string("client_id")
        secretLast4Digits = try fields.string("secret_last_4_digits")
    }
}

/// A connection over which a receiver gets its deliveries, so that the simulator need not be able to reach it.
///
/// ```swift
/// let listener = try await hooksim.openListener()
/// try await hooksim.webhooks().subscribe(to: .invoicePaid, at: listener.endpointURL)
/// for try await case .delivery(let delivery) in listener {
///     try await hooksim.respond(to: delivery, of: listener.id, status: 200)
/// }
/// ```
///
/// The sequence ends when the simulator stops or another connection takes over the listener's id.
public struct Listener: AsyncSequence, Sendable {
    /// One message.
    public enum Message: Sendable {
        /// A delivery waits for a response.
        case delivery(ListenerDelivery)
        /// The response to the delivery of this number is not awaited any more.
        case abandoned(Int)
        /// Subscriptions have ended, which may be those of the listener.
        case changed
        /// Another connection has taken over the listener's id, so this one ends.
        case replaced
        /// The connection works; a message of this kind comes every ten seconds if there is no other.
        case heartbeat
    }

    /// The listener's id, with which it can connect again.
    public let id: String
    /// The URL with which to subscribe.
    public let endpointURL: String

    private let messages: ServerSentMessages

    init(_ body: OpenResponse.Body, sender: RequestSender) async throws {
        var messages = ServerSentMessages(body, sender: sender)
        guard let first = try await messages.next() else {
            throw HooksimError.notReachable(url: sender.url, reason: .closed)
        }
        (id, endpointURL) = try Self.read(first) { (try $0.string("id"), try $0.string("endpoint_url")) }
        self.messages = messages
    }

    private static func read<Value>(
        _ event: ServerSentEventParser.Event, _ body: (ResponseFields) throws -> Value
    ) throws -> Value {
        let request = APIRequest(.post, path)
        guard let json = try? JSON(parsing: event.data) else {
            throw HooksimError.unexpectedResponse(request: request.name, problem: "a message is not JSON")
        }
        return try RequestSender.read(json, of: request, body)
    }

    /// Returns an iterator over the messages; a listener can be iterated over once.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(messages: messages) }

    /// Receives the messages one after the other.
    public struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate var messages: ServerSentMessages

        /// Returns the next message; `nil` at the end.
        ///
        /// - Throws: ``HooksimError`` if the connection breaks, or if a message does not have the expected form.
        public mutating func next() async throws -> Message? {
            while let event = try await messages.next() {
                switch event.type {
                case "delivery": return .delivery(try Listener.read(event) { try ListenerDelivery($0) })
                case "abandoned": return .abandoned(try Listener.read(event) { try $0.integer("number") })
                case "changed": return .changed
                case "replaced": return .replaced
                case "heartbeat": return .heartbeat
                // A later version may have other kinds.
                default: continue
                }
            }
            return nil
        }
    }

    static let path = "/__admin/listeners"
}

/// The server-sent events in the body of a response.
private struct ServerSentMessages: Sendable {
    /// The iterator of the body, which only one task uses at a time: the one that iterates over the listener.
    private final class Parts: @unchecked Sendable {
        var iterator: any AsyncIteratorProtocol<ByteBuffer, any Error>

        init(_ body: OpenResponse.Body) { iterator = body.makeAsyncIterator() }
    }

    private let parts: Parts
    private let sender: RequestSender
    private var parser = ServerSentEventParser()
    private var waiting: ArraySlice<ServerSentEventParser.Event> = []

    init(_ body: OpenResponse.Body, sender: RequestSender) {
        parts = Parts(body)
        self.sender = sender
    }

    mutating func next() async throws -> ServerSentEventParser.Event? {
        while waiting.isEmpty {
            let part: ByteBuffer?
            do { part = try await parts.iterator.next(isolation: #isolation) } catch {
                throw sender.notReachable(error)
            }
            guard let part else { return nil }
            waiting = parser.receive(part.readableBytesView)[...]
        }
        return waiting.popFirst()
    }
}

extension ControlClient {
    /// Opens a connection over which a receiver gets its deliveries, and returns once it can be subscribed.
    ///
    /// - Parameters:
    ///   - id: The ``Listener/id`` of an earlier connection, which this one takes over with its subscriptions; without
    ///     it, a new one.
    ///   - endpointURL: The URL of a receiver that listens by itself. The listener then gets no deliveries, but is
    ///     informed when its subscriptions have ended.
    /// - Throws: ``HooksimError``.
    public func openListener(id: String? = nil, endpointURL: String? = nil) async throws -> Listener {
        var body = JSONObject()
        body["id"] = id.map(JSON.string)
        body["endpoint_url"] = endpointURL.map(JSON.string)
        var request = APIRequest(.post, Listener.path, body: .object(body))
        request.timeout = nil
        return try await Listener(try await sender.open(request, token: adminToken).body, sender: sender)
    }

    /// Responds to a delivery that a listener has received.
    ///
    /// - Parameters:
    ///   - delivery: The delivery.
    ///   - listener: The listener's id.
    ///   - status: The status of the response, 200 to 599.
    ///   - headers: The names and values of its headers.
    ///   - body: Its body, of which the simulator keeps the first 16 KiB.
    /// - Throws: ``HooksimError``; a refusal of 409 if the attempt is over, for example because it timed out.
    public func respond(
        to delivery: ListenerDelivery, of listener: String, status: Int,
        headers: [(name: String, value: String)] = [], body: [UInt8] = []
    ) async throws {
        let json: JSON = [
            "number": .number(delivery.number), "status": .number(status),
            "headers": .array(headers.map { [.string($0.name), .string($0.value)] }),
            "body": .string(Data(body.prefix(Assumptions.responseBytesKept)).base64EncodedString()),
        ]
        let path = "\(Listener.path)/\(FormFields.encode(listener))/responses"
        _ = try await send(APIRequest(.post, path, body: json))
    }

    /// Returns the connected listeners, and those that are not connected but have active subscriptions.
    ///
    /// - Throws: ``HooksimError``.
    public func listeners() async throws -> [ListenerDescription] { try await rows(APIRequest(.get, Listener.path)) }

    /// Returns a listener with the active subscriptions at its endpoint.
    ///
    /// - Parameter id: The listener's id.
    /// - Throws: ``HooksimError``; a refusal of 404 if it is not connected and has no active subscription.
    public func listener(_ id: String) async throws -> ListenerDescription {
        try await value(APIRequest(.get, "\(Listener.path)/\(FormFields.encode(id))"))
    }

    /// Ends a subscription of any client, without a token, a rate limit or faults, for example to clean up.
    ///
    /// - Parameter id: The subscription's id.
    /// - Returns: The subscription, which is not active any more.
    /// - Throws: ``HooksimError``; a refusal of 404 if there is no such active subscription.
    @discardableResult
    public func endSubscription(_ id: String) async throws -> Subscription {
        try await value(APIRequest(.delete, "/__admin/subscriptions/\(FormFields.encode(id))"))
    }
}
