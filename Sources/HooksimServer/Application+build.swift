import Hummingbird
import HummingbirdCore
import HummingbirdTLS
import Logging
import NIOCore
import Webhooks

/// The parts of a running simulator, each made here and only here.
struct SimulatorParts: Sendable {
    let application: Application<RouterResponder<SimulatorContext>>
    let store: Store
    let sender: any AttemptSender
    let recorder: Recorder
    let seed: UInt64
    let routes: Routes
    let identity: ServerIdentity?

    /// - Parameter sender: what sends attempts; by default to receivers over the network.
    /// - Throws: a ``StoreError`` or a ``TLSFileError``, or a ``SQLiteError`` where what is read at start is damaged.
    init(
        _ options: SimulatorOptions, sender givenSender: (any AttemptSender)? = nil,
        onServerRunning: @escaping @Sendable (any Channel) async -> Void
    ) throws {
        let logger = options.logger
        let clock = SimulatedClock(frozenAt: options.frozenAtMilliseconds.map { Timestamp(milliseconds: $0) })
        identity = try options.tls.map {
            try ServerIdentity($0, host: options.host, allowedHosts: options.allowedHosts)
        }
        let settings = SettingsStore(options.settings ?? Settings(profile: options.profile))
        let startPartner = StartPartner(clientID: options.clientID, clientSecret: options.clientSecret)

        let changes = ChangeSignal()
        let stream = EventStream()
        store = try Store(path: options.store, changes: changes)
        try store.beginStart()
        seed = options.seed ?? UInt64.random(in: 0..<1 << 53)
        let random = CurrentRandomSource(seed: seed, run: try store.writeSynchronously { try MetaTable.countRun($0) })

        let partners = try PartnerRegistry(store: store)
        try partners.addAtStart(startPartner.make(random: random.current, at: clock.now))
        let tokens = try TokenStore(store: store, partners: partners, clock: clock)
        let limiter = RateLimiter(clock: clock, settings: settings)
        let authenticator = Authenticator(tokens: tokens, limiter: limiter)
        let boundaries = CaptureBoundaries()
        let requests = RequestLog(settings: settings, boundaries: boundaries, changes: changes, stream: stream)

        recorder = try Recorder(
            store: store, clock: clock, seed: seed, settings: settings, boundaries: boundaries)
        let records = RequestRecords(log: requests, recorder: recorder, boundaries: boundaries)

        let trust = try DeliveryTrust(authority: options.deliveryAuthority, isVerified: options.verifiesReceivers)
        sender = givenSender ?? DeliverySender(clock: clock, trust: trust, logger: logger)
        let metrics = Metrics()
        let faults = FaultStore(initial: options.faults, clock: clock, random: random)
        let worker = try DeliveryWorker(
            store: store, sender: sender, partners: partners, faults: faults, clock: clock, random: random,
            settings: settings, stream: stream, metrics: metrics, logger: logger)

        var routes = Routes()
        // The simulated API.
        TokenController(partners: partners, tokens: tokens, clock: clock, random: random, settings: settings)
            .addRoutes(to: &routes)
        SubscriptionController(
            authenticator: authenticator, store: store, clock: clock, random: random,
            plainHTTP: PlainHTTPRule(profile: options.profile, allowedHosts: options.plainHTTPHosts)
        ).addRoutes(to: &routes)
        EventController(authenticator: authenticator, store: store, clock: clock, worker: worker)
            .addRoutes(to: &routes)
        // The control API.
        HealthController().addRoutes(to: &routes)
        OpenAPIController().addRoutes(to: &routes)
        ResetController(
            store: store, partners: partners, tokens: tokens, limiter: limiter, records: records, settings: settings,
            random: random, faults: faults, worker: worker, clock: clock,
            initialClock: options.frozenAtMilliseconds.map { Timestamp(milliseconds: $0) }, startPartner: startPartner
        ).addRoutes(to: &routes)
        PartnerController(
            store: store, partners: partners, tokens: tokens, limiter: limiter, records: records, clock: clock,
            random: random, startPartner: startPartner
        ).addRoutes(to: &routes)
        TriggerController(
            store: store, partners: partners, clock: clock, random: random, settings: settings, worker: worker,
            stream: stream, startPartner: startPartner
        ).addRoutes(to: &routes)
        let eventInspection = EventInspectionController(
            store: store, partners: partners, clock: clock, worker: worker, startPartner: startPartner)
        eventInspection.addRoutes(to: &routes)
        AttemptController(store: store, partners: partners).addRoutes(to: &routes)
        RequestController(log: requests).addRoutes(to: &routes)
        ExpectController(store: store, partners: partners, requests: requests, changes: changes)
            .addRoutes(to: &routes)
        SettingsController(settings: settings, worker: worker).addRoutes(to: &routes)
        FaultController(faults: faults).addRoutes(to: &routes)
        let driver = ClockDriver(clock: clock, worker: worker, store: store)
        ClockController(clock: clock, driver: driver).addRoutes(to: &routes)
        let innerConnections = InnerConnections(logger: logger)
        let scenarios = RequestedScenarios(
            connections: innerConnections, adminToken: options.adminToken, requests: requests)
        ScenarioController(scenarios: scenarios).addRoutes(to: &routes)
        let recordings = RecordingController(
            recorder: recorder, store: store, partners: partners, clock: clock, startPartner: startPartner)
        recordings.addRoutes(to: &routes)

        BackupController(store: store, storePath: options.store).addRoutes(to: &routes)
        MetricsController(metrics: metrics, store: store, worker: worker, clock: clock).addRoutes(to: &routes)

        StreamController(stream: stream).addRoutes(to: &routes)
        // The inspector.
        let adminToken = AdminToken(options.adminToken)
        let sessions = InspectorSessions()
        let frame = InspectorFrame(clock: clock, hasLogin: adminToken.isRequired)
        let pages = InspectorController(
            frame: frame,
            overview: OverviewPage(
                frame: frame, store: store, partners: partners, faults: faults, rates: worker.rates),
            trigger: TriggerPage(frame: frame, partners: partners),
            events: EventsPage(frame: frame, store: store, partners: partners, startPartner: startPartner),
            event: EventPage(frame: frame, store: store, partners: partners),
            subscriptions: SubscriptionsPage(frame: frame, store: store, partners: partners),
            calls: CallsPage(frame: frame, requests: requests), faults: FaultsPage(frame: frame, faults: faults),
            scenarios: ScenariosPage(frame: frame, recordings: recordings))
        pages.addRoutes(to: &routes)
        InspectorActions(
            pages: pages, events: eventInspection, store: store, partners: partners, faults: faults,
            clock: clock, worker: worker, scenarios: scenarios, control: routes
        ).addRoutes(to: &routes)
        if adminToken.isRequired {
            LoginController(frame: frame, adminToken: adminToken, sessions: sessions).addRoutes(to: &routes)
        }

        self.routes = routes
        try store.endStart()

        let router = Router(context: SimulatorContext.self, options: [.autoGenerateHeadEndpoints])
        router.add(middleware: RequestObservation(metrics: metrics))
        router.add(middleware: BrowserRedirectMiddleware())
        let secrets = [options.adminToken, options.clientSecret, frame.formToken].compactMap { $0 }
        router.add(
            middleware: RequestCapture(
                records: records,
                keptBody: KeptBody(
                    secrets: SecretNumbers(), knownSecrets: KnownSecrets(tokens: tokens, texts: secrets)),
                tokens: tokens, stream: stream, clock: clock, defaultClientID: startPartner.clientID, routes: routes))
        // Once for what faults get wrong themselves, and once inside, so that faults meet errors as the answers that they are.
        router.add(middleware: ErrorMiddleware(routes: routes))
        router.add(middleware: FaultMiddleware(faults: faults, tokens: tokens, clock: clock))
        router.add(middleware: ErrorMiddleware(routes: routes))
        router.add(
            middleware: ControlGuard(allowedHosts: options.controlHosts, adminToken: adminToken, sessions: sessions))
        router.add(middleware: ExactPathMiddleware(routes: routes))
        routes.add(to: router)
        let http1 = HTTPServerBuilder { [limits = options.limits] responder in
            innerConnections.serve(with: HTTP1Server(limits.server, responder: responder))
        }
        application = Application(
            router: router,
            server: try identity.map { try .tls(http1, tlsConfiguration: $0.configuration) } ?? http1,
            configuration: ApplicationConfiguration(
                address: .hostname(options.host, port: options.port), backlog: ServerLimits.backlog,
                availableConnectionsDelegate: .maximum(options.limits.connections, logger: logger)),
            services: [worker, stream, Retention(store: store, settings: settings, logger: logger)],
            onServerRunning: onServerRunning,
            logger: logger)
    }
}
