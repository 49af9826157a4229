import HooksimClient

/// Triggers events, and waits until each of them is delivered or has failed, or until the clock is frozen and nothing
/// more is due.
struct FinalEvents {
    /// What became of the events.
    struct Outcome {
        var events: [EventDetails] = []
        /// The instant of the frozen clock at which the other events wait; `nil` if all are final.
        var frozenAt: Timestamp?

        /// The events that wait for the clock to be advanced.
        var pending: [EventDetails] { events.filter { $0.event.status == .pending } }
    }

    private let client: ControlClient
    private let showsAttempts: Bool
    private let advancesClock: Bool

    /// The maximum number of events for which each attempt is shown; for more events, a progress bar is clearer.
    private static let maxShown = 20
    /// The real time between two looks at the clock, which another client may freeze.
    private static let interval = Duration.seconds(1)

    /// - Parameters:
    ///   - showsAttempts: Whether each attempt is shown on standard error.
    ///   - advancesClock: Whether a frozen clock is advanced until no event is pending.
    init(_ client: ControlClient, showsAttempts: Bool, advancesClock: Bool) {
        self.client = client
        self.showsAttempts = showsAttempts
        self.advancesClock = advancesClock
    }

    /// Returns the events that a trigger creates.
    ///
    /// - Parameter trigger: Creates the events.
    /// - Throws: `HooksimError`, or what `trigger` throws.
    func trigger(_ trigger: () async throws -> TriggeredEvents) async throws -> Outcome {
        let feed = try await client.liveFeed(of: [.attempt, .event])
        let created = try await trigger().events
        var outcome = Outcome()
        guard !created.isEmpty else { return outcome }
        let ids = Set(created.map(\.id))
        outcome.frozenAt = try await withThrowingTaskGroup(of: Timestamp?.self) { group in
            group.addTask {
                for id in try await follow(feed, until: ids) { try await waitUntilFinal(id) }
                return nil
            }
            group.addTask { try await waitUntilIdle() }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
        for event in created { outcome.events.append(try await client.event(event.id)) }
        if outcome.pending.isEmpty { outcome.frozenAt = nil }
        return outcome
    }

    /// Returns the instant of the clock once it is frozen and all that is due at that instant has been sent.
    private func waitUntilIdle() async throws -> Timestamp {
        while true {
            let clock = try await client.clock()
            if clock.mode == .frozen {
                do {
                    return try await advancesClock
                        ? client.advanceClockUntilIdle().now : client.advanceClock(by: .zero).now
                } catch HooksimError.refused(let refusal) where refusal.status == 409 {
                    // Another client has resumed the clock meanwhile.
                }
            }
            try await Task.sleep(for: Self.interval)
        }
    }

    /// Shows the attempts or the progress of the events until all are final, or until the feed ends. Returns the events
    /// that were not seen to be final.
    private func follow(_ feed: LiveFeed, until ids: Set<String>) async throws -> Set<String> {
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
                    if waiting.isEmpty { return [] }
                case .request, .changed: continue
                }
            }
        } catch HooksimError.notReachable {
            // If the simulator has stopped, the next request throws.
        }
        return waiting
    }

    /// Waits until an event is final.
    private func waitUntilFinal(_ id: String) async throws {
        while try await client.event(id).event.status == .pending {
            do {
                try await client.expect(.exactly(0), .events(id: id, status: .pending), timeout: .seconds(30))
            } catch HooksimError.expectationNotMet {
                // The next attempt may be due much later, so the loop waits again.
            }
        }
    }
}
