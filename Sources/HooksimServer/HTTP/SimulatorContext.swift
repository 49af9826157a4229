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
    }

    private let state = Mutex(Facts())

    var facts: Facts { state.withLock { $0 } }

    func note(client: String, partner: Int) {
        state.withLock {
            $0.client = client
            $0.partner = partner
        }
    }
}
