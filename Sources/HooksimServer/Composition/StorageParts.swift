import Webhooks

/// The state of a simulator: the store, the values kept in memory beside it, the clock and the random source.
struct StorageParts: Sendable {
    let clock: SimulatedClock
    let initialInstant: Timestamp?
    let settings: SettingsState
    let defaultClient: DefaultClient
    let feed = LiveFeed()
    let store: Store
    let seed: UInt64
    let random: CurrentRandomSource
    let partners: PartnerRegistry
    let tokens: TokenRegistry
    let limiter: RateLimiter
    let requests: RequestLog
    let recorder: Recorder
    let records: RequestRecords

    /// Opens the store and begins its start, which the caller ends once all parts have read what they need.
    ///
    /// - Throws: a ``StoreError``, or a ``SQLiteError`` if data that is read at start is damaged.
    init(_ options: SimulatorOptions) throws {
        initialInstant = options.frozenAtMilliseconds.map { Timestamp(milliseconds: $0) }
        clock = SimulatedClock(frozenAt: initialInstant)
        settings = SettingsState(options.settings ?? Settings(profile: options.profile))
        defaultClient = DefaultClient(clientID: options.clientID, clientSecret: options.clientSecret)
        store = try Store(path: options.store, bulkGroupSize: options.bulkGroupSize)
        try store.beginStart()
        seed = options.seed ?? UInt64.random(in: 0..<1 << 53)
        let (run, resets) = try store.writeSynchronously { (try MetaTable.countRun($0), try MetaTable.resets($0)) }
        random = CurrentRandomSource(seed: seed, run: run, resets: resets)
        partners = try PartnerRegistry(store: store)
        try partners.addAtStart(defaultClient.make(random: random.current, at: clock.now))
        tokens = try TokenRegistry(store: store, partners: partners, clock: clock)
        limiter = RateLimiter(clock: clock, settings: settings)
        let boundaries = CaptureBoundaries()
        requests = RequestLog(settings: settings, boundaries: boundaries, feed: feed)
        recorder = try Recorder(store: store, clock: clock, seed: seed, settings: settings, boundaries: boundaries)
        records = RequestRecords(log: requests, recorder: recorder, boundaries: boundaries)
    }
}
