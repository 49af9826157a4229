import Logging

extension Operations {
    /// Creates all operations.
    ///
    /// - Parameters:
    ///   - connections: the in-process connections over which a scenario sends requests to the simulator that runs it.
    ///   - adminToken: the admin token that such a scenario sends to the control API.
    init(
        _ storage: StorageParts, _ delivery: DeliveryParts, connections: InnerConnections, adminToken: String?,
        logger: Logger
    ) {
        let (store, clock, random) = (storage.store, storage.clock, storage.random)
        let runner = OperationRunner(partners: storage.partners, worker: delivery.worker, feed: storage.feed)
        bulk = BulkRunner(runner: runner, store: store, logger: logger)
        let memory = PartnerMemory(tokens: storage.tokens, limiter: storage.limiter, records: storage.records)
        trigger = TriggerEvents(
            runner: runner, store: store, clock: clock, random: random, settings: storage.settings,
            defaultClient: storage.defaultClient)
        retry = RetryFailedEvents(runner: runner, bulk: bulk, store: store, clock: clock)
        resend = ResendEvent(runner: runner, store: store, clock: clock)
        createSubscription = CreateSubscription(runner: runner, store: store, clock: clock, random: random)
        deleteSubscription = DeleteSubscription(runner: runner, store: store, clock: clock)
        issueToken = IssueToken(
            runner: runner, tokens: storage.tokens, clock: clock, random: random, settings: storage.settings)
        createPartner = CreatePartner(runner: runner, store: store, clock: clock, random: random)
        removePartner = RemovePartner(
            runner: runner, store: store, memory: memory, defaultClient: storage.defaultClient)
        changeSettings = ChangeSettings(runner: runner, settings: storage.settings)
        faults = ChangeFaults(runner: runner, faults: delivery.faults)
        moveClock = MoveClock(runner: runner, bulk: bulk, clock: clock, store: store)
        expect = Expect(store: store, partners: storage.partners, requests: storage.requests)
        scenarios = RunScenario(
            runner: runner, connections: connections, adminToken: adminToken, requests: storage.requests)
        reset = ResetSimulator(
            runner: runner, store: store, memory: memory, settings: storage.settings, random: random,
            faults: delivery.faults, clock: clock, scenarios: scenarios, initialInstant: storage.initialInstant,
            defaultClient: storage.defaultClient)
    }
}
