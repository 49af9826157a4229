import HooksimClient
import Webhooks

/// The listeners of earlier runs of `hooksim listen` that have ended without cleaning up: a killed process, or a
/// machine that was switched off. Every event for them fails until their subscriptions end.
struct EarlierListeners: Sendable {
    let client: ControlClient
    let clientID: String
    let topics: [Topic]
    /// The time for which failed events are delivered again; `nil` if none are.
    let since: TimeSpan?

    /// Ends the subscriptions of earlier listeners. If events are to be delivered again, the newest of them is kept.
    ///
    /// - Returns: The id of that listener, which the new one takes over; `nil` if there is none.
    func end() async throws -> String? {
        let dead: [ListenerDescription]
        do {
            dead = try await client.listeners().filter { listener in
                !listener.isConnected && listener.subscriptions.contains { $0.clientID == clientID }
            }
        } catch HooksimError.refused(let refusal) where refusal.status == 404 {
            throw CommandFailure(
                description: "the simulator at \(client.url) is of an older version, which has no listeners; update it")
        }
        let kept = since == nil ? nil : dead.last { $0.subscriptions.contains { topics.contains($0.topic) } }
        if since != nil, kept == nil {
            ListenNotice.writeOnce("there is no earlier hooksim listen to take over, so nothing is delivered again")
        }
        let ended = dead.filter { $0.id != kept?.id }.flatMap(\.subscriptions).filter { $0.clientID == clientID }
        for subscription in ended { _ = try? await client.endSubscription(subscription.id) }
        if !ended.isEmpty {
            let count = ended.count == 1 ? "1 subscription" : "\(ended.count) subscriptions"
            ListenNotice.write("ended \(count) of an earlier hooksim listen that is gone")
        }
        return kept?.id
    }

    /// Delivers events again that failed without a response from the earlier listener.
    ///
    /// - Parameter subscriptions: The ids of the subscriptions that were taken over.
    func deliverAgain(_ subscriptions: [String]) async throws {
        guard let since else { return }
        let now = try await client.clock().now
        let begin = Timestamp(milliseconds: now.milliseconds - since.milliseconds)
        var events: [Event] = []
        var page = PageSelection.first
        while true {
            let found = try await client.events(
                EventFilter(status: .failed, from: begin), clientID: clientID, page: page)
            events += found.rows.filter { subscriptions.contains($0.subscriptionID) && $0.lastStatusCode == nil }
            guard found.hasNextPage else { break }
            page = .after(found.endCursor)
        }
        guard !events.isEmpty else { return }
        let count = events.count == 1 ? "1 event" : "\(events.count) events"
        ListenNotice.write(
            "delivering \(count) of the last \(since) again, which failed to reach an earlier hooksim listen")
        // The list is newest first.
        for event in events.reversed() {
            do { try await client.resendEvent(event.id) } catch HooksimError.refused(let refusal) {
                ListenNotice.write("\(event.id) can't be delivered again: \(refusal.message)")
            }
        }
    }
}
