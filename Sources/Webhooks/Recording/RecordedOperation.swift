/// An operation that is recorded; the raw value is its name in the OpenAPI document, and the name of its route.
///
/// These are all operations of the simulated API, and the operations of the control API that change what a client or a
/// receiver gets later. Requests that only read are not recorded, and neither are those that a scenario can't repeat,
/// such as a reset or the creation of a partner.
package enum RecordedOperation: String, Sendable, CaseIterable {
    // The simulated API.
    case createToken, listSubscriptions, createSubscription, deleteSubscription, listEvents, retryFailedEvents
    // The control API.
    case triggerEvent, resendEvent, setClock, advanceClock, updateSettings, addFault, removeFault, clearFaults

    /// Whether the operation belongs to the control API, of which only successful requests are recorded.
    package var isControl: Bool { Operation(rawValue: rawValue) == nil }

    /// Whether the operation takes effect at the instant at which it ends, and not at the one at which it begins.
    package var takesEffectAtEnd: Bool { self == .advanceClock }

    /// Whether the last segment of the path is the id of the operation's object.
    var namesItsObject: Bool { self == .deleteSubscription || self == .removeFault }
}
