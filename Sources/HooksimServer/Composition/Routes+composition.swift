import Webhooks

extension Routes {
    /// Adds the simulated API.
    mutating func addAPI(_ storage: StorageParts, _ operations: Operations, _ options: SimulatorOptions) {
        let authenticator = Authenticator(tokens: storage.tokens, limiter: storage.limiter)
        TokenController(issue: operations.issueToken).addRoutes(to: &self)
        SubscriptionController(
            authenticator: authenticator, store: storage.store, create: operations.createSubscription,
            delete: operations.deleteSubscription,
            plainHTTP: PlainHTTPRule(profile: options.profile, allowedHosts: options.plainHTTPHosts)
        ).addRoutes(to: &self)
        EventController(authenticator: authenticator, store: storage.store, retry: operations.retry)
            .addRoutes(to: &self)
    }

    /// Adds the control API.
    mutating func addControl(
        _ storage: StorageParts, _ delivery: DeliveryParts, _ operations: Operations, _ options: SimulatorOptions
    ) {
        let (store, partners, clock) = (storage.store, storage.partners, storage.clock)
        HealthController().addRoutes(to: &self)
        OpenAPIController().addRoutes(to: &self)
        ResetController(reset: operations.reset, removePartner: operations.removePartner).addRoutes(to: &self)
        PartnerController(
            partners: partners, create: operations.createPartner, remove: operations.removePartner
        ).addRoutes(to: &self)
        TriggerController(trigger: operations.trigger).addRoutes(to: &self)
        EventInspectionController(
            store: store, partners: partners, resend: operations.resend, defaultClient: storage.defaultClient
        ).addRoutes(to: &self)
        AttemptController(store: store, partners: partners).addRoutes(to: &self)
        RequestController(log: storage.requests).addRoutes(to: &self)
        ExpectController(expect: operations.expect).addRoutes(to: &self)
        SettingsController(settings: storage.settings, change: operations.changeSettings).addRoutes(to: &self)
        FaultController(faults: delivery.faults, change: operations.faults).addRoutes(to: &self)
        ClockController(clock: clock, move: operations.moveClock).addRoutes(to: &self)
        ScenarioController(scenarios: operations.scenarios).addRoutes(to: &self)
        RecordingController(storage).addRoutes(to: &self)
        BackupController(store: store, storePath: options.store).addRoutes(to: &self)
        MetricsController(metrics: delivery.metrics, store: store, worker: delivery.worker, clock: clock)
            .addRoutes(to: &self)
        LiveFeedController(feed: storage.feed).addRoutes(to: &self)
        ListenerController(listeners: delivery.listeners, store: store, partners: partners).addRoutes(to: &self)
        SubscriptionEndController(delete: operations.deleteSubscription, partners: partners).addRoutes(to: &self)
    }

    /// Adds the inspector's pages and forms.
    mutating func addInspector(
        _ storage: StorageParts, _ delivery: DeliveryParts, _ operations: Operations, frame: InspectorFrame,
        login: LoginController?
    ) {
        let (store, partners) = (storage.store, storage.partners)
        let pages = InspectorController(
            frame: frame,
            overview: OverviewPage(
                frame: frame, store: store, partners: partners, faults: delivery.faults,
                rates: delivery.worker.rates),
            trigger: TriggerPage(frame: frame, partners: partners),
            events: EventsPage(
                frame: frame, store: store, partners: partners, defaultClient: storage.defaultClient),
            event: EventPage(frame: frame, store: store, partners: partners),
            subscriptions: SubscriptionsPage(frame: frame, store: store, partners: partners),
            requests: RequestsPage(frame: frame, requests: storage.requests),
            faults: FaultsPage(frame: frame, faults: delivery.faults),
            scenarios: ScenariosPage(frame: frame, recordings: RecordingController(storage)))
        pages.addRoutes(to: &self)
        InspectorActions(
            pages: pages, operations: operations, trigger: TriggerController(trigger: operations.trigger),
            clock: storage.clock
        ).addRoutes(to: &self)
        login?.addRoutes(to: &self)
    }
}

extension RecordingController {
    fileprivate init(_ storage: StorageParts) {
        self.init(
            recorder: storage.recorder, store: storage.store, partners: storage.partners, clock: storage.clock,
            defaultClient: storage.defaultClient)
    }
}
