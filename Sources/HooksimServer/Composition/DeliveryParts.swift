import Logging
import Webhooks

/// What sends events to receivers.
struct DeliveryParts: Sendable {
    let sender: any AttemptSender
    let metrics = Metrics()
    let faults: FaultRegistry
    let worker: DeliveryWorker

    /// - Parameter sender: what sends attempts; by default to receivers over the network.
    /// - Throws: a ``TLSFileError``, or a ``SQLiteError`` where what is read at start is damaged.
    init(_ storage: StorageParts, _ options: SimulatorOptions, sender givenSender: (any AttemptSender)?) throws {
        let trust = try DeliveryTrust(authority: options.deliveryAuthority, isVerified: options.verifiesReceivers)
        sender = givenSender ?? DeliverySender(clock: storage.clock, trust: trust, logger: options.logger)
        faults = FaultRegistry(initial: options.faults, clock: storage.clock, random: storage.random)
        worker = try DeliveryWorker(
            store: storage.store, sender: sender, partners: storage.partners, faults: faults, clock: storage.clock,
            random: storage.random, settings: storage.settings, feed: storage.feed, metrics: metrics,
            logger: options.logger)
    }
}
