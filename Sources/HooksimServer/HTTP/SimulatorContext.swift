import Hummingbird
import Logging
import NIOCore
import Synchronization
import Webhooks

/// The context of one request.
struct SimulatorContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel
    let trace = RequestTrace()

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
    }

    /// The address of the peer, without its port.
    var remoteHost: String { channel.remoteAddress?.ipAddress ?? "" }

    /// Whether a scenario within this simulator sent the request, over one of ``InnerConnections``.
    var isInner: Bool {
        if case .unixDomainSocket? = channel.remoteAddress ?? channel.localAddress { true } else { false }
    }
}

/// Details that middleware and handlers collect about one request, for metrics, logging and capture.
final class RequestTrace: Sendable {
    struct Facts {
        /// The name of the route; empty if no route was reached.
        var operation = ""
        var client: String?
        var partner: Int?
        /// The client id that a token request states, whether or not there is such a client.
        var claimedClient: String?
        /// The number of the token that authenticated the client.
        var tokenNumber: Int?
        var fault: String?
        /// Whether a fault closed the connection, so that there is no status.
        var hasNoResponse = false
        /// The resources that a successful request created.
        var created = Created()
        /// The operation of another route that the request performed.
        var performed: PerformedOperation?
        /// The body, as far as it has been read.
        var body: [UInt8] = []
    }

    struct Created {
        var ids: [Identifier] = []
        /// The ids of fault rules.
        var ruleIDs: [String] = []
        /// The entity id of the event, if a single one was created.
        var entityID: String?
        /// The number of the issued token; `scopes` are the scopes of that token.
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

    /// Notes an operation of another route that the request performed, so that the operation is recorded.
    func note(performed: PerformedOperation) { state.withLock { $0.performed = performed } }

    func note(operation: String) { state.withLock { $0.operation = operation } }

    func note(fault: String) { state.withLock { $0.fault = fault } }

    func note(hasNoResponse: Bool) { state.withLock { $0.hasNoResponse = hasNoResponse } }

    /// Returns the same body; the parts that are read from it are noted.
    func listening(to body: RequestBody) -> RequestBody {
        RequestBody(
            asyncSequence: body.map { part in
                self.state.withLock { $0.body.append(contentsOf: part.readableBytesView) }
                return part
            })
    }
}
