import StrictJSON
import Webhooks

/// An operation that was performed by a request of another route, for example by a form of the inspector.
///
/// It is noted in the trace of that request, and recorded like a request of its own route.
struct PerformedOperation: Sendable {
    let operation: RecordedOperation
    /// The values of the parameters in the path of the operation's route.
    var parameters: [String: String] = [:]
    /// The body of the equivalent request.
    var body: JSON?
    /// The client that performs an operation of the simulated API, or that a trigger is for; `nil` if there is none.
    var clientID: String?
}
