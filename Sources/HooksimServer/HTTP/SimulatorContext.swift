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

    /// Whether a scenario that runs inside of this simulator sent the request, over one of ``InnerConnections``.
    var isInner: Bool {
        if case .unixDomainSocket? = channel.remoteAddress ?? channel.localAddress { true } else { false }
    }
}

/// What is learnt of a request on its way, for those that count, log and capture it.
final class RequestTrace: Sendable {
    struct Facts {
        /// The route's name; empty when no route was reached.
        var operation = ""
        var client: String?
        var partner: Int?
        /// The client that a request of a token says it is of, whether there is one or not.
        var claimedClient: String?
        /// The number of the token that authenticated the client.
        var tokenNumber: Int?
        var fault: String?
        /// The connection was made to fail, so there is no status.
        var hasNoResponse = false
        /// What a request that succeeded has created.
        var created = Created()
        /// What the request performed that is the operation of another route.
        var performed: PerformedOperation?
        /// The body, as far as it was read.
        var body: [UInt8] = []
    }

    struct Created {
        var ids: [Identifier] = []
        /// The ids of fault rules.
        var ruleIDs: [String] = []
        /// The object of the one event that was created.
        var entityID: String?
        /// The number of a token, and what it allows.
        var token: Int?
        var scopes: Scope?
    }

    private let state = Mutex(Facts())

    var facts: Facts { state.withLock { $0 } }

    func note(client: String, partner: Int, tokenNumber: Int? = nil) {
        state.withLock {
            $0.client = client
            $0.partner = partner
            $0.tokenNumber = tokenNumber
        }
    }

    func note(claimedClient: String) { state.withLock { $0.claimedClient = claimedClient } }

    func note(created: Created) { state.withLock { $0.created = created } }

    /// Notes an operation that was performed by a request of another route, so that it is recorded.
    func note(performed: PerformedOperation) { state.withLock { $0.performed = performed } }

    func note(operation: String) { state.withLock { $0.operation = operation } }

    func note(fault: String) { state.withLock { $0.fault = fault } }

    func note(hasNoResponse: Bool) { state.withLock { $0.hasNoResponse = hasNoResponse } }

    /// The same body, of which what is read is noted.
    func listening(to body: RequestBody) -> RequestBody {
        RequestBody(
            asyncSequence: body.map { part in
                self.state.withLock { $0.body.append(contentsOf: part.readableBytesView) }
                return part
            })
    }
}
