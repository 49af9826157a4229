import NIOCore
import StrictJSON
public import Webhooks

/// A change of an event's status.
public struct EventUpdate: Sendable {
    /// The event's id.
    public let id: String
    /// The event's topic.
    public let topic: Topic
    /// The id of the object that the event is about.
    public let entityID: String
    /// The client that owns the event.
    public let clientID: String
    /// The new status; `pending` is that of a new event.
    public let status: EventStatus
    /// The virtual time of the change.
    public let at: Timestamp
    /// The message as it was received.
    public let json: JSON
}

extension EventUpdate: ResponseValue {
    init(_ fields: ResponseFields) throws {
        id = try fields.string("id")
        topic = try fields.word("topic")
        entityID = try fields.string("entity_id")
        clientID = try fields.string("client_id")
        status = try fields.word("status")
        at = try fields.timestamp("at")
        json = fields.json
    }
}

/// The live feed of a simulator: a sequence of messages about attempts, events, requests and other changes.
///
/// It ends when the simulator stops. A subscriber that is too slow is disconnected, which is an error.
public struct LiveFeed: AsyncSequence, Sendable {
    /// The kind of a message.
    public enum Kind: String, Sendable, CaseIterable {
        /// Attempts that have ended.
        case attempt
        /// Events that were created, delivered, or have failed.
        case event
        /// Requests of the simulated API.
        case request
        /// Changes of anything else: the clock, settings, fault rules, subscriptions, a reset.
        case state
    }

    /// One message.
    public enum Message: Sendable {
        /// An attempt has ended.
        case attempt(Attempt)
        /// An event was created, delivered, or has failed.
        case event(EventUpdate)
        /// A request of the simulated API was received.
        case request(LoggedRequest)
        /// Something else has changed.
        ///
        /// - Parameter what: The path of the control API that shows it, for example `/__admin/faults`.
        case changed(_ what: String)
    }

    let body: OpenResponse.Body
    let sender: RequestSender

    /// Returns an iterator over the messages; a feed can be iterated over once.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(parts: body.makeAsyncIterator(), sender: sender) }

    /// Receives the messages one after the other.
    public struct AsyncIterator: AsyncIteratorProtocol {
        private var parts: any AsyncIteratorProtocol<ByteBuffer, any Error>
        private var parser = ServerSentEventParser()
        private var waiting: ArraySlice<Message> = []
        private let sender: RequestSender

        init(parts: any AsyncIteratorProtocol<ByteBuffer, any Error>, sender: RequestSender) {
            self.parts = parts
            self.sender = sender
        }

        /// Returns the next message; `nil` at the end.
        ///
        /// - Throws: ``HooksimError`` if the connection breaks, or if a message does not have the expected form.
        public mutating func next() async throws -> Message? {
            while waiting.isEmpty {
                let part: ByteBuffer?
                do { part = try await parts.next(isolation: #isolation) } catch { throw sender.notReachable(error) }
                guard let part else { return nil }
                waiting = try parser.receive(part.readableBytesView).compactMap(Self.message)[...]
            }
            return waiting.popFirst()
        }

        /// Returns the message of a server-sent event; `nil` for a kind that this version of the client does not know.
        private static func message(_ event: ServerSentEventParser.Event) throws -> Message? {
            guard let kind = Kind(rawValue: event.type) else { return nil }
            let request = APIRequest(.get, LiveFeed.path)
            guard let json = try? JSON(parsing: event.data) else {
                throw HooksimError.unexpectedResponse(request: request.name, problem: "a message is not JSON")
            }
            return try RequestSender.read(json, of: request) { fields in
                switch kind {
                case .attempt: .attempt(try Attempt(fields))
                case .event: .event(try EventUpdate(fields))
                case .request: .request(try LoggedRequest(fields))
                case .state: .changed(try fields.string("changed"))
                }
            }
        }
    }

    static let path = "/__admin/stream"
}

extension ControlClient {
    /// Subscribes to the live feed, and returns once no later message can be missed.
    ///
    /// ```swift
    /// for try await case .event(let event) in try await hooksim.liveFeed(of: [.event]) where event.status == .failed {
    /// … }
    /// ```
    ///
    /// - Parameter kinds: The kinds of messages to receive; all by default.
    /// - Throws: ``HooksimError``.
    public func liveFeed(of kinds: Set<LiveFeed.Kind> = Set(LiveFeed.Kind.allCases)) async throws -> LiveFeed {
        var request = APIRequest(.get, LiveFeed.path)
        request.query = [("of", kinds.map(\.rawValue).sorted().joined(separator: ","))]
        request.timeout = nil
        return LiveFeed(body: try await sender.open(request, token: adminToken).body, sender: sender)
    }
}
