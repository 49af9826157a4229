import Webhooks

/// An operation that was performed by another request than its own, as a form of the inspector does.
///
/// It is noted on the request's trace, and recorded as if its own request had been received.
struct PerformedOperation: Sendable {
    let operation: RecordedOperation
    /// The values of the parameters in the path of its route.
    var parameters: [String: String] = [:]
    /// The body that its own request would have had.
    var body: JSON?
    /// The client that an operation of the simulated API is one of; where there is one, what a trigger is for.
    var clientID: String?
}
