import Logging
import NIOCore
import Webhooks

@testable import HooksimServer

extension OutgoingDelivery {
    /// Returns a delivery for tests of the sender alone.
    static func test(to url: String, number: UInt64 = 1) throws -> OutgoingDelivery {
        OutgoingDelivery(
            event: 1, eventID: Identifier(high: 1, low: number), topic: .invoicePaid, entityID: "1", subscription: 1,
            partner: 1, ticket: 1, round: 0, attempt: 1, dueAt: Timestamp(milliseconds: 0), endpointURL: url,
            endpoint: try EndpointURL(url), secretKey: "s3cr3t", payload: Array("{\"number\":\(number)}".utf8))
    }
}

/// Runs `body` with a new sender, whose idle connections are not closed before `body` returns, and stops it afterwards.
func withSender(
    lookup: @escaping NameResolver.Lookup = { _ in [] }, trust: DeliveryTrust? = nil, maxAttempts: Int = 10_000,
    beforeSocket: @escaping @Sendable () throws -> Void = {},
    logger: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
    _ body: (DeliverySender) async throws -> Void
) async throws {
    let sender = DeliverySender(
        clock: SimulatedClock(), trust: try trust ?? ReceiverCertificate.shared.get().trust(), logger: logger,
        idleTimeout: .minutes(10), maxAttempts: maxAttempts, beforeSocket: beforeSocket, lookup: lookup)
    do {
        try await body(sender)
        try await sender.shutdown()
    } catch {
        try? await sender.shutdown()
        throw error
    }
}
