public import Logging
public import Webhooks

/// The options of a simulator; each has the default of the command line.
public struct SimulatorOptions: Sendable {
    /// The address to listen on; any address but a loopback one requires an ``adminToken``.
    public var host = "127.0.0.1"
    /// The port to listen on; 0 selects any free port.
    public var port = 0
    /// The path of the store's file, or `:memory:` for a store in memory.
    public var store = ":memory:"
    /// The seed of all generated ids, tokens and jitter, and of the samples of faults; `nil` for a random seed.
    public var seed: UInt64?
    /// The instant at which the clock is frozen at start, in milliseconds since 1970 (UTC); `nil` for a real clock.
    public var frozenAtMilliseconds: Int64?
    /// The profile, which determines how close to the real API the simulator keeps.
    public var profile = Profile.sandbox
    /// The client id of the default client.
    public var clientID = "sandbox"
    /// The client secret of the default client.
    public var clientSecret = "sandbox-secret"
    /// The settings at start, which a reset restores; `nil` for those of the profile.
    package var settings: Settings?
    /// The fault rules at start, which a reset restores.
    package var faults: [FaultRule] = []
    /// The hosts, in addition to the loopback ones, that the control API accepts in requests.
    public var allowedHosts: [String] = []
    /// The hosts, in addition to private ones, whose endpoints may be plain http in every profile.
    ///
    /// `*.example.com` matches all names below `example.com`.
    public var plainHTTPHosts: [String] = []
    /// The bearer token that the control API requires; `nil` for none.
    public var adminToken: String?
    /// The TLS identity with which the simulator serves https; `nil` for plain http.
    public var tls: ServerTLS?
    /// The path of a PEM file of authorities for receivers' certificates, in addition to those of the system.
    public var deliveryAuthority: String?
    /// Whether the certificates of receivers at https endpoints are verified; `false` is for test receivers alone.
    public var verifiesReceivers = true
    /// The limits on the resources that clients can use.
    package var limits = ServerLimits()
    /// The maximum number of rows that an operation on many events changes in one transaction.
    var bulkGroupSize = BulkOperation.groupSize
    /// The logger of the simulator; by default, it discards all messages.
    public var logger = Logger(label: "hooksim") { _ in SwiftLogNoOpLogHandler() }

    /// Creates options with the defaults of the command line.
    public init() {}

    /// The host in the simulator's URL, reachable from this machine: a server bound to all addresses is reachable by
    /// loopback too.
    package var reachableHost: String {
        let address = NetworkAddress(host)
        let reachable = address?.isUnspecified == true ? (address?.bytes.count == 4 ? "127.0.0.1" : "::1") : host
        return reachable.contains(":") ? "[\(reachable)]" : reachable
    }

    /// The hosts, in addition to the loopback ones, that the control API accepts: the allowed ones, and the one that
    /// the server is bound to unless that stands for all addresses.
    var controlHosts: [String] {
        NetworkAddress(host)?.isUnspecified == true ? allowedHosts : allowedHosts + [host]
    }

    /// Whether the control API is reachable from this machine alone, or requires the admin token.
    package var isProtected: Bool {
        adminToken != nil || host == "localhost" || NetworkAddress(host)?.isLoopback == true
    }
}
