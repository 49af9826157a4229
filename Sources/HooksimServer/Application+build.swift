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
    let worker: DeliveryWorker
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
        let (run, resets) = try store.writeSynchronously { (try MetaTable.countRun($0), try MetaTable.resets($0)) }
        let random = CurrentRandomSource(seed: seed, run: run, resets: resets)

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
        worker = try DeliveryWorker(
            store: store, sender: sender, partners: partners, faults: faults, clock: clock, random: random,
            settings: settings, stream: stream, metrics: metrics, logger: logger)

        let runner = OperationRunner(partners: partners, worker: worker, feed: stream)
        let innerConnections = InnerConnections(logger: logger)
        let scenarios = RunScenario(
            runner: runner, connections: innerConnections, adminToken: options.adminToken, requests: requests)
        let memory = PartnerMemory(tokens: tokens, limiter: limiter, records: records)
        let operations = Operations(
            trigger: TriggerEvents(
                runner: runner, store: store, clock: clock, random: random, settings: settings,
                defaultClient: startPartner),
            retry: RetryFailedEvents(runner: runner, store: store, clock: clock),
            resend: ResendEvent(runner: runner, store: store, clock: clock),
            createSubscription: CreateSubscription(runner: runner, store: store, clock: clock, random: random),
            deleteSubscription: DeleteSubscription(runner: runner, store: store, clock: clock),
            issueToken: IssueToken(runner: runner, tokens: tokens, clock: clock, random: random, settings: settings),
            createPartner: CreatePartner(runner: runner, store: store, clock: clock, random: random),
            removePartner: RemovePartner(runner: runner, store: store, memory: memory, defaultClient: startPartner),
            changeSettings: ChangeSettings(runner: runner, settings: settings),
            faults: ChangeFaults(runner: runner, faults: faults),
            moveClock: MoveClock(runner: runner, clock: clock, store: store),
            expect: Expect(store: store, partners: partners, requests: requests, changes: changes),
            scenarios: scenarios,
            reset: ResetSimulator(
                runner: runner, store: store, memory: memory, settings: settings, random: random, faults: faults,
                clock: clock, scenarios: scenarios,
                initialInstant: options.frozenAtMilliseconds.map { Timestamp(milliseconds: $0) },
                defaultClient: startPartner))

        var routes = Routes()
        // The simulated API.
        TokenController(issue: operations.issueToken).addRoutes(to: &routes)
        SubscriptionController(
            authenticator: authenticator, store: store, create: operations.createSubscription,
            delete: operations.deleteSubscription,
            plainHTTP: PlainHTTPRule(profile: options.profile, allowedHosts: options.plainHTTPHosts)
        ).addRoutes(to: &routes)
        EventController(authenticator: authenticator, store: store, retry: operations.retry).addRoutes(to: &routes)
        // The control API.
        HealthController().addRoutes(to: &routes)
        OpenAPIController().addRoutes(to: &routes)
        ResetController(reset: operations.reset, removePartner: operations.removePartner).addRoutes(to: &routes)
        PartnerController(
            partners: partners, create: operations.createPartner, remove: operations.removePartner
        ).addRoutes(to: &routes)
        let trigger = TriggerController(trigger: operations.trigger)
        trigger.addRoutes(to: &routes)
        EventInspectionController(
            store: store, partners: partners, resend: operations.resend, startPartner: startPartner
        ).addRoutes(to: &routes)
        AttemptController(store: store, partners: partners).addRoutes(to: &routes)
        RequestController(log: requests).addRoutes(to: &routes)
        ExpectController(expect: operations.expect).addRoutes(to: &routes)
        SettingsController(settings: settings, change: operations.changeSettings).addRoutes(to: &routes)
        FaultController(faults: faults, change: operations.faults).addRoutes(to: &routes)
        ClockController(clock: clock, move: operations.moveClock).addRoutes(to: &routes)
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
        InspectorActions(pages: pages, operations: operations, trigger: trigger, clock: clock).addRoutes(to: &routes)
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
