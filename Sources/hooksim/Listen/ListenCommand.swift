import ArgumentParser
import AsyncHTTPClient
import HooksimClient
import Webhooks

struct ListenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "listen",
        abstract: "Be a receiver: subscribe, print each delivery as it comes, and respond to it.",
        discussion: """
            Example: hooksim listen --topic invoice_paid --respond 503,503,200
            Example: hooksim listen --forward-to 3000
            Example: hooksim listen --forward invoice_paid=localhost:3000/paid --forward '*=localhost:3000/other'
            Deliveries come over the connection to the simulator, which need not be able to reach this machine.
            It unsubscribes when it is stopped.
            """)

    @Option(help: "A topic to subscribe to; may be repeated. Default: all, or those of --forward.")
    var topic: [String] = []
    @Option(help: "The response to an event's first, second … attempt: statuses, or timeout; the last one repeats.")
    var respond: String?
    @OptionGroup var forwarding: ForwardOptions
    @Option(help: "How long to wait before each response, for example 200ms.")
    var delay: String?
    @Flag(help: "Never respond.")
    var hang = false
    @Option(help: "First deliver again what failed to reach an earlier listen in this time, for example 10m.")
    var since: String?
    @OptionGroup var place: ListenPlace
    @Option(help: "The secret that deliveries carry as a bearer token; default: none.")
    var secretKey: String?
    @Flag(help: "Print the headers and body of each delivery and of its response as well.")
    var verbose = false
    @Option(help: "The client to subscribe as; default sandbox.")
    var clientID: String?
    @Option(help: "Its secret; default sandbox-secret.")
    var clientSecret: String?

    @OptionGroup var control: ControlOptions

    func run() async throws {
        let targets = try ForwardTargets(all: forwarding.forwardTo, byTopic: forwarding.forward)
        let topics = try topics(targets)
        let since = try sinceTime()
        try place.check()
        let configuration = try forwarding.configuration()
        do {
            try await HTTPClient.withHTTPClient(configuration: configuration) { http in
                let responses = try DeliveryResponses(
                    respond: respond, delay: delay, hang: hang,
                    forwarder: DeliveryForwarder(targets: targets, headers: forwarding.forwardHeader, client: http))
                let handler = DeliveryHandler(
                    responses: responses, printer: DeliveryPrinter(format: control.output, isVerbose: verbose))
                try await control.withClient { client in
                    try await listen(client, topics: topics, since: since, handler)
                }
            }
        } catch OutputError.closed {
            // The reader has what it wanted, as after `| head -1`.
            throw ExitCode(141)
        } catch OutputError.failed(let reason) {
            throw CommandFailure(description: "standard output can't be written: \(reason)")
        }
    }

    private func topics(_ targets: ForwardTargets) throws -> [Topic] {
        let named = try topic.map { try Topic(argument: $0, of: "--topic") }
        guard named.isEmpty else { return Topic.allCases.filter(named.contains) }
        return targets.isEmpty ? Topic.allCases : targets.topics ?? Topic.allCases
    }

    private func sinceTime() throws -> TimeSpan? {
        guard let since else { return nil }
        guard !place.isGiven else {
            throw CommandFailure(
                description: "--since is for deliveries over the connection; leave out --port, --host and --public-url",
                status: 2)
        }
        do { return try TimeSpan(since) } catch {
            throw CommandFailure(description: "--since \(error)", status: 2)
        }
    }

    /// Listens until the command is interrupted or can't go on.
    private func listen(
        _ client: ControlClient, topics: [Topic], since: TimeSpan?, _ handler: DeliveryHandler
    ) async throws {
        let clientID = clientID ?? "sandbox"
        let server = try await place.start { try await handler.respond(to: $0) }
        let endpointURL = try server.map { try place.endpointURL(port: $0.port, simulator: client.url) }
        let subscriptions = ListenSubscriptions(
            topics: topics, client: client,
            api: client.webhooks(clientID: clientID, clientSecret: clientSecret ?? "sandbox-secret"),
            secretKey: secretKey, ownsEndpoint: server == nil)
        let session = ListenSession(
            client: client, subscriptions: subscriptions, handler: handler, endpointURL: endpointURL,
            earlier: EarlierListeners(client: client, clientID: clientID, topics: topics, since: since))
        do {
            try await Interruption.cancelling { try await session.run() }
            await server?.stop()
        } catch {
            await server?.stop()
            throw error
        }
    }
}

/// The options that say where deliveries are forwarded to.
struct ForwardOptions: ParsableArguments {
    @Option(
        help: "Pass each delivery on to this URL and return its response; 3000 and localhost:3000/path will do.")
    var forwardTo: String?
    @Option(
        help: ArgumentHelp(
            "The same for one topic, or with * for all others; may be repeated.", valueName: "topic=url"))
    var forward: [String] = []
    @Option(help: "A PEM file with an authority of https targets, besides those of the system.")
    var forwardCa: String?
    @Flag(help: "Accept any certificate of https targets.")
    var forwardInsecure = false
    @Option(
        help: ArgumentHelp(
            "A header to add to what is forwarded, or to replace there; may be repeated.", valueName: "name:value"))
    var forwardHeader: [String] = []

    func configuration() throws -> HTTPClient.Configuration {
        guard forwardTo != nil || !forward.isEmpty || forwardCa == nil && !forwardInsecure && forwardHeader.isEmpty
        else {
            throw CommandFailure(
                description: "--forward-ca, --forward-insecure and --forward-header need --forward-to or --forward",
                status: 2)
        }
        let configuration = HTTPClient.Configuration.forwarding(authority: forwardCa, isVerified: !forwardInsecure)
        guard let configuration else {
            throw CommandFailure(
                description: "--forward-ca \(forwardCa ?? "") has no certificate in PEM that can be read", status: 2)
        }
        return configuration
    }
}

/// The options that give `hooksim listen` a listening port of its own.
struct ListenPlace: ParsableArguments {
    @Option(help: "Listen on this port instead of receiving over the connection to the simulator; 0 is any free one.")
    var port: Int?
    @Option(help: "The address to listen on instead, default 127.0.0.1 with --port.")
    var host: String?
    @Option(help: "The URL by which the simulator reaches that port, for example that of a tunnel.")
    var publicURL: String?

    var isGiven: Bool { port != nil || host != nil || publicURL != nil }

    func check() throws {
        if let port, !(0...65535).contains(port) {
            throw CommandFailure(description: "--port must be a number from 0 to 65535, not \(port)", status: 2)
        }
        if let publicURL {
            do { _ = try EndpointURL(publicURL) } catch {
                throw CommandFailure(description: "--public-url \(publicURL) \(error)", status: 2)
            }
        }
    }

    /// Starts the server; `nil` if deliveries come over the connection.
    func start(
        respond: @escaping @Sendable (ReceivedDelivery) async throws -> DeliveryResponse
    ) async throws -> ListenServer? {
        guard isGiven else { return nil }
        return try await ListenServer.start(host: host ?? "127.0.0.1", port: port ?? 0, respond: respond)
    }

    /// Returns the URL to subscribe, and warns if the simulator probably can't reach it.
    func endpointURL(port: Int, simulator: String) throws -> String {
        if let publicURL { return publicURL }
        let host = host ?? "127.0.0.1"
        let address = NetworkAddress(host)
        let reachable = address?.isUnspecified == true ? (address?.bytes.count == 4 ? "127.0.0.1" : "::1") : host
        let url = "http://\(reachable.contains(":") ? "[\(reachable)]" : reachable):\(port)/"
        if Self.isLoopback(reachable), let place = try? EndpointURL(simulator), !Self.isLoopback(place.host) {
            ListenNotice.write(
                "the simulator at \(simulator) may be on another machine, from which \(url) is not reachable; "
                    + "leave out --port, or give --public-url")
        }
        return url
    }

    private static func isLoopback(_ host: String) -> Bool {
        Destination(host: host) == .loopback || NetworkAddress(host)?.isLoopback == true
    }
}
