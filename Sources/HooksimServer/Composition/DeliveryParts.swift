import Logging
import NIOCore
import Webhooks

/// The parts that send events to receivers.
struct DeliveryParts: Sendable {
    let sender: any AttemptSender
    /// The receivers that get their deliveries over a connection of their own.
    let listeners: ListenerRegistry
    let metrics = Metrics()
    let faults: FaultRegistry
    let worker: DeliveryWorker

    /// Creates the parts on top of those of the storage.
    ///
    /// - Parameter sender: the sender of attempts; by default, one that sends them to receivers over the network.
    /// - Throws: a ``TLSFileError``, or a ``SQLiteError`` if data that is read at start is damaged.
    init(_ storage: StorageParts, _ options: SimulatorOptions, sender givenSender: (any AttemptSender)?) throws {
        let trust = try DeliveryTrust(authority: options.deliveryAuthority, isVerified: options.verifiesReceivers)
        // A store in memory has no deliveries to the listeners of an earlier run.
        listeners = ListenerRegistry(
            clock: storage.clock, grace: options.store == ":memory:" ? .zero : options.limits.listenerGrace)
        sender = ListenerSender(
            listeners: listeners,
            other: givenSender ?? DeliverySender(clock: storage.clock, trust: trust, logger: options.logger))
        faults = FaultRegistry(initial: options.faults, clock: storage.clock, random: storage.random)
        worker = try DeliveryWorker(
            store: storage.store, sender: sender, partners: storage.partners, faults: faults, clock: storage.clock,
            random: storage.random, settings: storage.settings, feed: storage.feed, listeners: listeners,
            metrics: metrics, logger: options.logger)
    }
}
