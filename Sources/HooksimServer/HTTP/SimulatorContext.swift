import Hummingbird
import Logging
import NIOCore
import Synchronization

/// What travels with one request.
struct SimulatorContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel
    let trace = RequestTrace()

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
    }
}

/// What is learnt of a request on its way, for the journal.
final class RequestTrace: Sendable {
    struct Facts {
        var client: String?
        var partner: Int?
        var fault: String?
        /// The connection was made to fail, so there is no status.
        var isUnanswered = false
    }

    private let state = Mutex(Facts())

    var facts: Facts { state.withLock { $0 } }

    func note(client: String, partner: Int) {
        state.withLock {
            $0.client = client
            $0.partner = partner
        }
    }

    func note(fault: String) { state.withLock { $0.fault = fault } }

    func note(isUnanswered: Bool) { state.withLock { $0.isUnanswered = isUnanswered } }
}
