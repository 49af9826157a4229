import Hummingbird
import Logging
import NIOCore
import Synchronization
import Webhooks

/// What travels with one request.
struct SimulatorContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel
    let trace = RequestTrace()

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
    }

    /// The address that the connection comes from, without its port.
    var remoteHost: String { channel.remoteAddress?.ipAddress ?? "" }
}

/// What is learnt of a request on its way, for the journal.
final class RequestTrace: Sendable {
    struct Facts {
        /// The route's name; empty when no route was reached.
        var operation = ""
        var client: String?
        var partner: Int?
        /// The name in a recording of the token that let the client in.
        var tokenTag: String?
        var fault: String?
        /// The connection was made to fail, so there is no status.
        var isUnanswered = false
        /// A fault sends the answer bit by bit, so nobody may read it ahead.
        var isDribbled = false
        /// What a successful call made, when whoever made it says so; else its answer tells.
        var made: Made?
        /// The body, as far as it was read.
        var body: [UInt8] = []
        var isListening = false
        /// The body as it may be kept, once somebody has asked for it.
        var keptBody: JSON??
    }

    struct Made {
        let ids: [Identifier]
        /// What the one event that was made is about.
        let entityID: String?
    }

    private let state = Mutex(Facts())

    var facts: Facts { state.withLock { $0 } }

    func note(client: String, partner: Int, tokenTag: String? = nil) {
        state.withLock {
            $0.client = client
            $0.partner = partner
            $0.tokenTag = tokenTag
        }
    }

    func note(made: Made) { state.withLock { $0.made = made } }

    func note(operation: String) { state.withLock { $0.operation = operation } }

    func note(fault: String) { state.withLock { $0.fault = fault } }

    func note(isUnanswered: Bool) { state.withLock { $0.isUnanswered = isUnanswered } }

    func note(isDribbled: Bool) { state.withLock { $0.isDribbled = isDribbled } }

    /// The same body, of which what is read is noted; once, however many ask for it.
    func listening(to body: RequestBody) -> RequestBody {
        let isFirst = state.withLock { facts in
            defer { facts.isListening = true }
            return !facts.isListening
        }
        guard isFirst else { return body }
        return RequestBody(
            asyncSequence: body.map { part in
                self.state.withLock { $0.body.append(contentsOf: part.readableBytesView) }
                return part
            })
    }

    /// What was sent, as it may be kept; to be asked for once it was read.
    func keptBody(of request: Request) -> JSON? {
        let facts = facts
        if let known = facts.keptBody { return known }
        let body = SentBody.withoutSecrets(facts.body, of: request)
        state.withLock { $0.keptBody = .some(body) }
        return body
    }
}
