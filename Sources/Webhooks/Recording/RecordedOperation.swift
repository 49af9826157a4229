/// An operation that is recorded; the raw value is its name in the OpenAPI document, and the name of its route.
///
/// All operations of the simulated API are recorded, and those of the control API that change what a client or a receiver sees later.
/// What only asks, and what a recording can't lead to again, such as a reset or another partner, is not among them.
package enum RecordedOperation: String, Sendable, CaseIterable {
    // The simulated API.
    case createToken, listSubscriptions, createSubscription, deleteSubscription, listEvents, retryFailedEvents
    // The control API.
    case triggerEvent, resendEvent, setClock, advanceClock, updateSettings, addFault, removeFault, clearFaults

    /// Whether it is one of the control API, which is recorded only where it succeeded.
    package var isControl: Bool { Operation(rawValue: rawValue) == nil }

    /// Whether it takes effect at the instant at which it ends, and not at that at which it begins.
    package var takesEffectAtEnd: Bool { self == .advanceClock }

    /// Whether the path names, as its last segment, what the operation is about.
    var namesItsObject: Bool { self == .deleteSubscription || self == .removeFault }
}
