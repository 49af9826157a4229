import HooksimClient

/// Triggers events, and waits until each of them is delivered or has failed.
struct FinalEvents {
    private let client: ControlClient
    private let showsAttempts: Bool

    /// The maximum number of events for which each attempt is shown; for more events, a progress bar is clearer.
    private static let maxShown = 20

    init(_ client: ControlClient, showsAttempts: Bool) {
        self.client = client
        self.showsAttempts = showsAttempts
    }

    /// Returns the events that a trigger creates once all of them are final.
    ///
    /// - Parameter trigger: Creates the events.
    /// - Throws: `HooksimError`, or what `trigger` throws.
    func trigger(_ trigger: () async throws -> TriggeredEvents) async throws -> [EventDetails] {
        let feed = try await client.liveFeed(of: [.attempt, .event])
        let created = try await trigger().events
        if !created.isEmpty { try await follow(feed, until: Set(created.map(\.id))) }
        var events: [EventDetails] = []
        for event in created { events.append(try await final(event.id)) }
        return events
    }

    /// Shows the attempts or the progress of the events until all are final, or until the feed ends.
    private func follow(_ feed: LiveFeed, until ids: Set<String>) async throws {
        var waiting = ids
        let bar = ids.count > Self.maxShown ? ProgressBar(total: ids.count, unit: "events") : nil
        defer { bar?.clear() }
        do {
            for try await message in feed {
                switch message {
                case .attempt(let attempt):
                    guard bar == nil, showsAttempts, waiting.contains(attempt.eventID) else { continue }
                    Terminal.write(AttemptLine.text(attempt) + "\n", to: .standardError)
                case .event(let event):
                    guard event.status != .pending, waiting.remove(event.id) != nil else { continue }
                    bar?.advance()
                    if waiting.isEmpty { return }
                case .request, .changed: continue
                }
            }
        } catch HooksimError.notReachable {
            // If the simulator has stopped, the next request throws.
        }
    }

    /// Returns an event once it is final. It waits, because the feed may have ended before.
    private func final(_ id: String) async throws -> EventDetails {
        while true {
            let found = try await client.event(id)
            guard found.event.status == .pending else { return found }
            do {
                try await client.expect(.exactly(0), .events(id: id, status: .pending), timeout: .seconds(30))
            } catch HooksimError.expectationNotMet {
                // The next attempt may be due much later, so the loop waits again.
            }
        }
    }
}
