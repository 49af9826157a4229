/// The strictness of the simulator.
public enum Profile: String, Sendable, CaseIterable {
    /// The simulator accepts http endpoints on loopback and private addresses, and limits no rates.
    case sandbox
    /// The simulator accepts only https endpoints and admits 5 requests a second per client, as the real API does.
    case faithful
}
