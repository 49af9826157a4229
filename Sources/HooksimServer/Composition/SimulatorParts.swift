import Hummingbird
import HummingbirdCore
import HummingbirdTLS
import Logging
import NIOCore
import Webhooks

/// The parts of a running simulator, all of which are created in this folder and nowhere else.
struct SimulatorParts: Sendable {
    let storage: StorageParts
    let delivery: DeliveryParts
    /// The service that finishes the operations on many events.
    let bulk: BulkRunner
    let routes: Routes
    let identity: ServerIdentity?
    let application: Application<RouterResponder<SimulatorContext>>

    /// Creates the parts of a simulator that does not listen yet.
    ///
    /// - Parameters:
    ///   - sender: the sender of attempts; by default, one that sends them to receivers over the network.
    ///   - onServerRunning: a closure that receives the listening channel once the server accepts connections.
    /// - Throws: a ``StoreError``, a ``TLSFileError``, or a ``SQLiteError`` if data that is read at start is damaged.
    init(
        _ options: SimulatorOptions, sender: (any AttemptSender)? = nil,
        onServerRunning: @escaping @Sendable (any Channel) async -> Void
    ) throws {
        identity = try options.tls.map {
            try ServerIdentity($0, host: options.host, allowedHosts: options.allowedHosts)
        }
        storage = try StorageParts(options)
        delivery = try DeliveryParts(storage, options, sender: sender)
        let connections = InnerConnections(logger: options.logger)
        let admission = ConnectionAdmission(options.limits, inner: connections, logger: options.logger)
        let operations = Operations(
            storage, delivery, connections: connections, adminToken: options.adminToken, logger: options.logger)
        bulk = operations.bulk
        let adminToken = AdminToken(options.adminToken)
        let sessions = InspectorSessions()
        let frame = InspectorFrame(clock: storage.clock, hasLogin: adminToken.isRequired)

        var routes = Routes()
        routes.addAPI(storage, operations, options)
        routes.addControl(storage, delivery, operations, options)
        routes.addInspector(
            storage, delivery, operations, frame: frame,
            login: adminToken.isRequired
                ? LoginController(frame: frame, adminToken: adminToken, sessions: sessions) : nil)
        self.routes = routes
        try storage.store.endStart()

        let router = Router(context: SimulatorContext.self, options: [.autoGenerateHeadEndpoints])
        router.add(middleware: RequestObservation(metrics: delivery.metrics))
        router.add(middleware: BrowserRedirectMiddleware())
        router.add(
            middleware: RequestCapture(
                storage, secrets: [options.adminToken, options.clientSecret, frame.formToken], routes: routes))
        // The outer one handles errors of the fault middleware; the inner one turns errors into responses before faults
        // apply to them.
        router.add(middleware: ErrorMiddleware(routes: routes))
        router.add(
            middleware: FaultMiddleware(faults: delivery.faults, tokens: storage.tokens, clock: storage.clock))
        router.add(middleware: ErrorMiddleware(routes: routes))
        router.add(middleware: ConnectionLimitMiddleware(admission: admission))
        router.add(
            middleware: ControlGuard(allowedHosts: options.controlHosts, adminToken: adminToken, sessions: sessions))
        router.add(middleware: ExactPathMiddleware(routes: routes))
        routes.add(to: router)
        let http1 = HTTPServerBuilder { [limits = options.limits] responder in
            connections.serve(with: HTTP1Server(limits.server, admission: admission, responder: responder))
        }
        application = Application(
            router: router,
            server: try identity.map { try .tls(http1, tlsConfiguration: $0.configuration) } ?? http1,
            configuration: ApplicationConfiguration(
                address: .hostname(options.host, port: options.port), backlog: ServerLimits.backlog),
            services: [
                delivery.worker, delivery.listeners, storage.feed, bulk,
                Retention(store: storage.store, settings: storage.settings, logger: options.logger),
            ],
            onServerRunning: { channel in
                try? await channel.addAcceptPause(logger: options.logger)
                await onServerRunning(channel)
            },
            logger: options.logger)
    }
}

extension RequestCapture {
    /// Creates the middleware that captures requests.
    ///
    /// - Parameter secrets: the secrets that must never be kept, wherever they occur in a request.
    fileprivate init(_ storage: StorageParts, secrets: [String?], routes: Routes) {
        self.init(
            records: storage.records,
            keptBody: KeptBody(
                secrets: SecretNumbers(),
                knownSecrets: KnownSecrets(tokens: storage.tokens, texts: secrets.compactMap { $0 })),
            tokens: storage.tokens, feed: storage.feed, clock: storage.clock,
            defaultClientID: storage.defaultClient.clientID, routes: routes)
    }
}
