import ArgumentParser
import AsyncHTTPClient
import HooksimClient
import HooksimServer
import Hummingbird
import Logging
import ServiceLifecycle
import UnixSignals

struct ListenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "listen",
        abstract: "Be a receiver: subscribe, print each delivery as it comes, and respond to it.",
        discussion: """
            Example: hooksim listen --topic invoice_paid --respond 503,503,200
            Example: hooksim listen --forward-to http://127.0.0.1:3000/hooks
            It unsubscribes when it is stopped.
            """)

    @Option(help: "A topic to subscribe to; may be repeated. Default: all.")
    var topic: [String] = []
    @Option(help: "The response to an event's first, second … attempt: statuses, or timeout; the last one repeats.")
    var respond: String?
    @Option(help: "Pass each delivery on to this URL and return its response.")
    var forwardTo: String?
    @Option(help: "How long to wait before each response, for example 200ms.")
    var delay: String?
    @Flag(help: "Never respond.")
    var hang = false
    @Option(help: "The port to listen on; default: any free one.")
    var port: Int?
    @Option(help: "The secret that deliveries carry as a bearer token; default: none.")
    var secretKey: String?
    @Flag(help: "Print each delivery's headers and body as well.")
    var verbose = false
    @Option(help: "The client to subscribe as; default sandbox.")
    var clientID: String?
    @Option(help: "Its secret; default sandbox-secret.")
    var clientSecret: String?

    @OptionGroup var control: ControlOptions

    func run() async throws {
        try await HTTPClient.withHTTPClient(configuration: DeliveryResponses.forwarding) { try await listen($0) }
    }

    /// Runs the receiver until it is interrupted.
    ///
    /// - Parameter client: sends the deliveries that are forwarded.
    private func listen(_ client: HTTPClient) async throws {
        let topics = try topic.isEmpty ? Topic.allCases : topic.map { try Topic(argument: $0, of: "--topic") }
        let responses = try DeliveryResponses(
            respond: respond, delay: delay, hang: hang, forwardTo: forwardTo, client: client)
        let (ports, announce) = AsyncStream<Int>.makeStream()
        let printer = DeliveryPrinter(format: control.output, isVerbose: verbose)
        let responder = CallbackResponder<BasicRequestContext> { request, _ in
            let started = ContinuousClock.now
            let delivery = try await ReceivedDelivery(request)
            let response = try await responses.respond(to: delivery)
            printer.print(delivery, response: response, after: ContinuousClock.now - started)
            return response.http
        }
        let logger = Logger(label: "hooksim.listen") { _ in SwiftLogNoOpLogHandler() }
        let application = Application(
            responder: responder, server: ReceiverServer.builder,
            configuration: .init(address: .hostname("127.0.0.1", port: port ?? 0)),
            onServerRunning: { channel in
                announce.yield(channel.localAddress?.port ?? 0)
                announce.finish()
            }, logger: logger)
        let subscriber = ListenSubscriber(
            options: control, clientID: clientID ?? "sandbox", clientSecret: clientSecret ?? "sandbox-secret",
            topics: topics,
            secretKey: secretKey, ports: ports)
        let group = ServiceGroup(
            configuration: .init(
                services: [
                    .init(service: application, failureTerminationBehavior: .gracefullyShutdownGroup),
                    .init(
                        service: subscriber, successTerminationBehavior: .gracefullyShutdownGroup,
                        failureTerminationBehavior: .gracefullyShutdownGroup),
                ], gracefulShutdownSignals: [.sigint, .sigterm], logger: logger))
        try await group.run()
    }
}

/// Subscribes once the port is known, and unsubscribes at the end, also after an error.
private struct ListenSubscriber: Service {
    let options: ControlOptions
    let clientID: String
    let clientSecret: String
    let topics: [Topic]
    let secretKey: String?
    let ports: AsyncStream<Int>

    func run() async throws {
        var found: Int?
        for await port in ports { found = port }
        guard let port = found else { return }
        try await options.withClient { client in
            let api = client.webhooks(clientID: clientID, clientSecret: clientSecret)
            var ids: [String] = []
            do {
                for topic in topics {
                    let url = "http://127.0.0.1:\(port)/"
                    ids.append(try await api.subscribe(to: topic, at: url, secretKey: secretKey).id)
                }
                Terminal.write(
                    "listening on http://127.0.0.1:\(port)/ for \(topics.count == 1 ? topics[0].rawValue : "\(topics.count) topics"); ^C ends it\n",
                    to: .standardError)
                try? await gracefulShutdown()
            } catch {
                for id in ids { _ = try? await api.deleteSubscription(id) }
                throw error
            }
            for id in ids { _ = try? await api.deleteSubscription(id) }
        }
    }
}
