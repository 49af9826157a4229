import Webhooks

/// Triggers, and waits until every event that was made is delivered or failed.
struct SettledEvents {
    private let client: ControlClient
    private let showsAttempts: Bool

    /// With more events, how many are done says more than each attempt.
    private static let mostShown = 20

    init(_ client: ControlClient, showsAttempts: Bool) {
        self.client = client
        self.showsAttempts = showsAttempts
    }

    /// Returns the events as they are in the end.
    func trigger(_ body: JSON) async throws -> [JSON] {
        var made: [JSON] = []
        var waiting: Set<String> = []
        var bar: ProgressBar?
        try await client.follow(["attempt", "event"]) {
            made = try await client.post("/__admin/events", body)["data"]?.array ?? []
            waiting = Set(made.compactMap { $0["id"]?.string })
            if made.count > Self.mostShown { bar = ProgressBar(total: made.count, unit: "events") }
            return !waiting.isEmpty
        } _: { message in
            if message.kind == "attempt", bar == nil, showsAttempts, let id = message.data["event_id"]?.string,
                waiting.contains(id)
            {
                Terminal.write(AttemptLine.text(message.data) + "\n", to: .standardError)
            }
            if message.kind == "event", message.data["status"]?.string != "pending",
                let id = message.data["id"]?.string, waiting.remove(id) != nil
            {
                bar?.advance()
            }
            return !waiting.isEmpty
        }
        bar?.clear()
        var events: [JSON] = []
        for event in made { events.append(try await final(event)) }
        return events
    }

    /// The event itself, once it is settled: the stream may have ended before.
    private func final(_ event: JSON) async throws -> JSON {
        let id = event["id"] ?? .null
        while true {
            let found = try await client.get("/__admin/events/\(id.string ?? "")")
            guard found["status"] == "pending" else { return found }
            let expectation: JSON = [
                "of": "events", "where": ["id": id, "status": "pending"], "count": 0, "timeout_ms": 30_000,
            ]
            _ = try await client.expect(expectation)
        }
    }
}
