public import Logging
public import Webhooks

/// How a simulator is started; each option has the default of the command line.
public struct SimulatorOptions: Sendable {
    /// The address to listen on; anything but loopback needs an ``adminToken``.
    public var host = "127.0.0.1"
    /// 0 is any free port.
    public var port = 0
    /// A file, or `:memory:`.
    public var store = ":memory:"
    /// What ids, tokens, jitter and dice are drawn from; `nil` is another one each time.
    public var seed: UInt64?
    /// Where the clock stands still from the start, as milliseconds since 1970; `nil` is a running clock.
    public var frozenAtMilliseconds: Int64?
    public var profile = Profile.sandbox
    public var clientID = "sandbox"
    public var clientSecret = "sandbox-secret"
    /// The settings at start, to which a reset returns; `nil` are those of the profile.
    package var settings: Settings?
    /// The fault rules at start, which a reset brings back.
    package var faults: [FaultRule] = []
    /// Hosts that the control API answers to beside the loopback ones.
    public var allowedHosts: [String] = []
    /// Hosts beside the private ones whose endpoints may be plain http, in every profile; `*.example.com` stands for all names below it.
    public var plainHTTPHosts: [String] = []
    /// What the control API asks for as a bearer token; `nil` is nothing.
    public var adminToken: String?
    /// What it shows to clients that insist on https; `nil` is plain http.
    public var tls: ServerTLS?
    /// A PEM file of authorities that receivers' certificates are accepted from, beside the system's.
    public var deliveryAuthority: String?
    /// Whether receivers at https endpoints must prove who they are; only test receivers need not.
    public var verifiesReceivers = true
    /// What clients may cost.
    package var limits = ServerLimits()
    public var logger = Logger(label: "hooksim") { _ in SwiftLogNoOpLogHandler() }

    public init() {}

    /// The host of a URL that works from this machine: to be bound to all addresses is to be reached by loopback too.
    var reachableHost: String {
        let address = NetworkAddress(host)
        let reachable = address?.isUnspecified == true ? (address?.bytes.count == 4 ? "127.0.0.1" : "::1") : host
        return reachable.contains(":") ? "[\(reachable)]" : reachable
    }

    /// The hosts that the control API answers to beside the loopback ones: those allowed, and the one that it is bound to.
    var controlHosts: [String] {
        NetworkAddress(host)?.isUnspecified == true ? allowedHosts : allowedHosts + [host]
    }

    /// Whether nobody but this machine, or those who know the admin token, reaches the control API.
    package var isProtected: Bool {
        adminToken != nil || host == "localhost" || NetworkAddress(host)?.isLoopback == true
    }
}
