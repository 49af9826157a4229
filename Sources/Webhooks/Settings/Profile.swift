/// How close to the real API the simulator keeps.
public enum Profile: String, Sendable, CaseIterable {
    /// http to loopback and private addresses is accepted, and nothing is rate limited.
    case sandbox
    /// https only and 5 requests a second per client, as the real API has it.
    case faithful
}
